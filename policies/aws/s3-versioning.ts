import type * as aws from "@pulumi/aws";
import { show, stackRule, want } from "../rule.ts";
import { about, bucketType, vaultsOf } from "./buckets.ts";

export const s3Versioning = stackRule({
  name: "aws-s3-versioning",
  title: "Buckets with backups keep what is overwritten or deleted",
  level: "mandatory",
  severity: "critical",
  rows: ["BAK-05", "BAK-11"],
  why: "Without versions, a job that writes an empty file over last night's backup has destroyed it.",
  fix: "Declare a BucketVersioning with the status Enabled.",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
  onlyWith: bucketType,
  *check(stack) {
    for (const bucket of vaultsOf(stack)) {
      const [versioning] = about<aws.s3.BucketVersioningArgs>(
        stack,
        "aws:s3/bucketVersioning:BucketVersioning",
        bucket,
      );
      yield [
        bucket,
        () => {
          const status = versioning?.props.versioningConfiguration?.status;
          return want(status === "Enabled", `has versioning ${show(status)}, not "Enabled"`);
        },
      ];
    }
  },
});
