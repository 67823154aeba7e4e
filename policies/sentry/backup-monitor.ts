import type * as sentry from "@pulumi/sentry";
import { stackRule, want } from "../rule.ts";

const monitorType = "sentry:index/cronMonitor:CronMonitor";

export const backupMonitor = stackRule({
  name: "sentry-backup-monitor",
  title: "Where there are buckets for backups, somebody is told when the daily one is missing",
  level: "mandatory",
  severity: "high",
  rows: ["BAK-02"],
  why: "A backup job that stopped is noticed on the day the backup is needed.",
  fix: "Declare a CronMonitor with a crontab of once a day in UTC and a margin in which the job has to report.",
  link: "https://docs.sentry.io/product/monitors-and-alerts/monitors/crons/",
  onlyWith: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  *check(stack) {
    const [vault] = stack.all("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration");
    const monitors = stack.all<sentry.CronMonitorArgs>(monitorType);
    if (vault && monitors.length === 0)
      yield [vault, () => "has backups, and no CronMonitor watches the job that makes them"];
    for (const monitor of monitors) {
      yield [
        monitor,
        () => {
          const crontab = monitor.props.schedule?.crontab ?? "";
          const daily = /^\d{1,2} \d{1,2} \* \* \*$/.test(crontab);
          return want(daily, `expects a backup at "${crontab}", which is not once a day`);
        },
      ];
      yield [
        monitor,
        () => want(monitor.props.timezone === "UTC", "does not count in UTC, where no hour comes twice"),
      ];
      yield [
        monitor,
        () => want((monitor.props.failureIssueThreshold ?? 1) <= 1, "waits for a second missing backup"),
      ];
    }
  },
});
