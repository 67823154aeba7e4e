import { stackRule, want } from "../rule.ts";
import { about, accessLogsType, bucketType, vaultsOf } from "./buckets.ts";

export const s3AccessLogs = stackRule({
  name: "aws-s3-access-logs",
  title: "Every access to a bucket with backups is logged",
  level: "mandatory",
  severity: "medium",
  rows: ["SEC-28"],
  why: "After an incident somebody has to be able to say who read or deleted which backup.",
  fix: "Declare a BucketLogging for the bucket, with another bucket as its target.",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
  onlyWith: bucketType,
  *check(stack) {
    for (const bucket of vaultsOf(stack)) {
      yield [bucket, () => want(about(stack, accessLogsType, bucket).length > 0, "has no BucketLogging")];
    }
  },
});
