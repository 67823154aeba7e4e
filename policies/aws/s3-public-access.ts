import type * as aws from "@pulumi/aws";
import { stackRule, want } from "../rule.ts";
import { about, bucketsOf, bucketType } from "./buckets.ts";

const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

export const s3PublicAccess = stackRule({
  name: "aws-s3-public-access",
  title: "Buckets refuse public access in all four ways, and have no owners but their account",
  level: "mandatory",
  severity: "critical",
  rows: ["BAK-05"],
  why: "One policy or access list by mistake, and everybody in the world reads the backups of the database.",
  fix: "Declare a BucketPublicAccessBlock with all four switches on, and BucketOwnershipControls with BucketOwnerEnforced.",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
  onlyWith: bucketType,
  *check(stack) {
    for (const bucket of bucketsOf(stack)) {
      const [block] = about<aws.s3.BucketPublicAccessBlockArgs>(
        stack,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        bucket,
      );
      if (block === undefined) yield [bucket, () => "has no BucketPublicAccessBlock"];
      else {
        for (const key of blocks) {
          yield [block, () => want(block.props[key] === true, `does not set ${key}`)];
        }
      }
      const [owner] = about<aws.s3.BucketOwnershipControlsArgs>(
        stack,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        bucket,
      );
      yield [
        bucket,
        () =>
          want(
            owner?.props.rule?.objectOwnership === "BucketOwnerEnforced",
            "has no BucketOwnershipControls with BucketOwnerEnforced, so access lists work",
          ),
      ];
    }
  },
});
