/** Names of the service accounts of an environment's namespace that are not the application's. */
export const accounts = {
  /** Makes dumps of the database and adds them to the vault. */
  backup: "backup-writer",
  /** Reads backups back. */
  restore: "backup-restorer",
  /** Runs releases: reads what becomes of them, and moves the route's weights. */
  release: "release-driver",
  /** Watches releases from inside of the cluster, and brings their traffic back. */
  watcher: "release-watcher",
} as const;
