import type * as aws from "@pulumi/aws";
import { stackRule, want } from "../rule.ts";
import { about, bucketType, vaultsOf } from "./buckets.ts";

export const s3Lock = stackRule({
  name: "aws-s3-lock",
  title: "Backups cannot be deleted for a while, by nobody",
  level: "mandatory",
  severity: "critical",
  rows: ["BAK-05", "BAK-06"],
  why: "Whoever takes over an account deletes the backups first.",
  fix: "Set objectLockEnabled on the bucket, and declare a BucketObjectLockConfiguration with a default retention in days (aws.lock in the config).",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
  settings: {
    leastDays: { type: "number", default: 7, description: "Fewest days of the default retention." },
  },
  onlyWith: bucketType,
  *check(stack, { leastDays }) {
    for (const bucket of vaultsOf(stack)) {
      yield [bucket, () => want(bucket.props.objectLockEnabled === true, "does not set objectLockEnabled")];
      const [lock] = about<aws.s3.BucketObjectLockConfigurationArgs>(
        stack,
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        bucket,
      );
      yield [
        bucket,
        () => {
          const { mode, days = 0, years = 0 } = lock?.props.rule?.defaultRetention ?? {};
          if (mode === undefined) return "has no default retention";
          const all = days + years * 365;
          return want(
            all >= Number(leastDays),
            `locks objects for ${all} days, fewer than ${String(leastDays)}`,
          );
        },
      ];
    }
  },
});
