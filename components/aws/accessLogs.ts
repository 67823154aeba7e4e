import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketLogging } from "@pulumi/aws/s3/bucketLogging.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import type { BackupVaultArgs } from "./BackupVaultArgs.ts";
import { policyDocument, tlsOnly } from "./policies.ts";
import { privateBucket } from "./privateBucket.ts";

/** Logs every request to a vault's bucket, into a bucket that is there already or one of its own. */
export function accessLogs(
  name: string,
  args: Pick<BackupVaultArgs, "accessLogs" | "accountId" | "bucket" | "protect" | "region" | "tags">,
  source: Bucket,
  parent: pulumi.Resource,
): void {
  const { bucket: existing, keepDays } = args.accessLogs;
  const made =
    existing === undefined ? logBucket(`${name}-logs`, { ...args, keepDays }, source, parent) : undefined;
  new BucketLogging(
    `${name}-logging`,
    {
      bucket: source.bucket,
      region: args.region,
      targetBucket: made?.name ?? existing ?? "",
      targetPrefix: `${args.bucket}/`,
    },
    { parent, protect: args.protect, dependsOn: made?.ready },
  );
}

function logBucket(
  name: string,
  args: Pick<BackupVaultArgs, "accountId" | "bucket" | "protect" | "region" | "tags"> & { keepDays: number },
  source: Bucket,
  parent: pulumi.Resource,
): { name: pulumi.Output<string>; ready: pulumi.Resource[] } {
  const { accountId, keepDays, protect, region, tags } = args;
  // S3's log delivery cannot write into a bucket with a default lock.
  const { bucket, closed } = privateBucket(
    name,
    { bucket: `${args.bucket}-logs`, region, objectLockEnabled: false, tags },
    { parent, protect },
  );
  const on = { bucket: bucket.bucket, region };
  new BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      ...on,
      transitionDefaultMinimumObjectSize: "all_storage_classes_128K",
      rules: [
        {
          id: "expire",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: keepDays },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    { parent, protect },
  );
  const policy = new BucketPolicy(
    `${name}-policy`,
    {
      ...on,
      policy: pulumi.all([bucket.arn, source.arn]).apply(([arn, sourceArn]) =>
        policyDocument([
          ...tlsOnly(arn),
          {
            Sid: "LogDelivery",
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: ["s3:PutObject"],
            Resource: [`${arn}/*`],
            // A bucket's ARN names no account, and its name can become another's once it is deleted.
            Condition: {
              ArnLike: { "aws:SourceArn": sourceArn },
              ...(accountId !== undefined && { StringEquals: { "aws:SourceAccount": accountId } }),
            },
          },
        ]),
      ),
    },
    { parent, protect, dependsOn: [closed] },
  );
  return { name: bucket.bucket, ready: [policy] };
}
