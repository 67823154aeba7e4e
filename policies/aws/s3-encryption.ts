import type * as aws from "@pulumi/aws";
import { stackRule, want } from "../rule.ts";
import { about, bucketType, vaultsOf } from "./buckets.ts";

export const s3Encryption = stackRule({
  name: "aws-s3-encryption",
  title: "Buckets with backups encrypt with a KMS key of their own",
  level: "mandatory",
  severity: "high",
  rows: ["BAK-05", "BAK-06"],
  why: "With a key of its own, who may read a backup is decided twice and every reading is in the key's log; with S3's own key it is not.",
  fix: "Declare a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and the ARN of a key.",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
  onlyWith: bucketType,
  *check(stack) {
    for (const bucket of vaultsOf(stack)) {
      const [encryption] = about<aws.s3.BucketServerSideEncryptionConfigurationArgs>(
        stack,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        bucket,
      );
      if (encryption === undefined) {
        yield [bucket, () => "has no BucketServerSideEncryptionConfiguration"];
        continue;
      }
      const { rules = [] } = encryption.props;
      const byDefault = rules[0]?.applyServerSideEncryptionByDefault;
      yield [
        encryption,
        () => want(byDefault?.sseAlgorithm?.startsWith("aws:kms") === true, "does not encrypt with KMS"),
      ];
      // The key's ARN is only known once there is a key.
      const hasKey = (encryption.madeFrom.rules ?? []).length > 0;
      yield [
        encryption,
        () => want(hasKey || (byDefault?.kmsMasterKeyId ?? "") !== "", "names no key of its own"),
      ];
    }
  },
});
