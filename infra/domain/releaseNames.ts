/** The ConfigMap beside an application in which its releases and switches are written down. */
export const journalName = (app: string): string => `${app}-releases`;

/** The Lease that lets one release at a time run. */
export const leaseName = (app: string): string => `${app}-release`;
