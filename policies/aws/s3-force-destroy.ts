import type * as aws from "@pulumi/aws";
import { resourceRule, want } from "../rule.ts";
import { bucketType } from "./buckets.ts";

export const s3ForceDestroy = resourceRule<aws.s3.BucketArgs>({
  name: "aws-s3-force-destroy",
  title: "Buckets are not emptied so that they can be deleted",
  level: "mandatory",
  severity: "critical",
  rows: ["BAK-05"],
  why: "With forceDestroy, deleting the bucket deletes every backup in it first.",
  fix: "Leave forceDestroy out, or set it to false; empty a bucket by hand where that is meant.",
  link: "https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/#forcedestroy_nodejs",
  types: [bucketType],
  *check({ props }) {
    yield () => want(props.forceDestroy !== true, "sets forceDestroy");
  },
});
