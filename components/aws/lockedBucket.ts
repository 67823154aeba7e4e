import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketObjectLockConfiguration } from "@pulumi/aws/s3/bucketObjectLockConfiguration.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";
import { lifecycleRules, type Retention } from "../../infra/domain/retention.ts";
import { policyDocument, vaultPolicy } from "./policies.ts";
import { privateBucket } from "./privateBucket.ts";

export interface LockedBucketArgs {
  bucket: string;
  region: string;
  retention: Retention;
  keyDeletionDays: number;
  protect: boolean;
  tags?: Readonly<Record<string, string>>;
}

export interface LockedBucket {
  bucket: Bucket;
  key: Key;
  /** Replication can only begin after it. */
  versioning: BucketVersioning;
}

/** A private bucket with its own key, in which every version is encrypted, locked, cooled down and at last deleted. */
export function lockedBucket(name: string, args: LockedBucketArgs, parent: pulumi.Resource): LockedBucket {
  const { bucket: bucketName, keyDeletionDays, protect, region, retention, tags } = args;
  const { lock } = retention;
  // A bucket that cannot be deleted must not lose its lock, its encryption or its policy either.
  const held = { parent, protect };
  const key = new Key(
    `${name}-key`,
    {
      description: `Backups in ${bucketName}`,
      region,
      enableKeyRotation: true,
      deletionWindowInDays: keyDeletionDays,
      tags,
    },
    held,
  );
  new Alias(`${name}-key-alias`, { name: `alias/${bucketName}`, region, targetKeyId: key.keyId }, held);

  const { bucket, closed } = privateBucket(
    name,
    { bucket: bucketName, region, objectLockEnabled: true, tags },
    held,
  );
  const on = { bucket: bucket.bucket, region };
  const versioning = new BucketVersioning(
    `${name}-versioning`,
    { ...on, versioningConfiguration: { status: "Enabled" } },
    held,
  );
  new BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    {
      ...on,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
      ],
    },
    held,
  );
  new BucketObjectLockConfiguration(
    `${name}-lock`,
    { ...on, rule: { defaultRetention: { mode: lock.mode, days: lock.days } } },
    { ...held, dependsOn: [versioning] },
  );
  new BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      ...on,
      // Small objects stay at hand: manifests can be read without a retrieval, and cooling them costs more than it saves.
      transitionDefaultMinimumObjectSize: "all_storage_classes_128K",
      rules: lifecycleRules(retention.copies).map(lifecycleRule),
    },
    { ...held, dependsOn: [versioning] },
  );
  new BucketPolicy(
    `${name}-policy`,
    {
      ...on,
      policy: pulumi
        .all([bucket.arn, key.arn])
        .apply(([bucketArn, keyArn]) =>
          policyDocument(vaultPolicy({ bucketArn, keyArn, lockDays: lock.days })),
        ),
    },
    // A policy that comes before the block may be taken for a public one.
    { ...held, dependsOn: [closed] },
  );
  return { bucket, key, versioning };
}

function lifecycleRule({
  expirationDays,
  id,
  noncurrent,
  prefix,
  transition,
}: ReturnType<typeof lifecycleRules>[number]) {
  const later = noncurrent.transition;
  return {
    id,
    status: "Enabled",
    filter: { prefix },
    ...(transition && { transitions: [transition] }),
    expiration: { days: expirationDays },
    ...(later && {
      noncurrentVersionTransitions: [{ noncurrentDays: later.days, storageClass: later.storageClass }],
    }),
    noncurrentVersionExpiration: { noncurrentDays: noncurrent.expirationDays },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
  };
}
