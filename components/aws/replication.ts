import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { BucketReplicationConfig } from "@pulumi/aws/s3/bucketReplicationConfig.js";
import * as pulumi from "@pulumi/pulumi";
import type { LockedBucket } from "./lockedBucket.ts";
import { policyDocument, replicationAccess } from "./policies.ts";

/** Copies every new version of a locked bucket to another one. Deletions stay where they were made. */
export function replication(
  name: string,
  args: { bucket: string; region: string; source: LockedBucket; replica: LockedBucket },
  parent: pulumi.Resource,
): void {
  const { replica, source } = args;
  const role = new Role(
    `${name}-role`,
    {
      // Role names are at most 64 long.
      name: `${args.bucket}-replicate`,
      description: `Lets S3 copy ${args.bucket} to another region`,
      assumeRolePolicy: policyDocument([
        {
          Sid: "S3",
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: ["sts:AssumeRole"],
        },
      ]),
    },
    { parent },
  );
  const policy = new RolePolicy(
    `${name}-role-policy`,
    {
      name: "replicate",
      role: role.name,
      policy: pulumi
        .all([source.bucket.arn, source.key.arn, replica.bucket.arn, replica.key.arn])
        .apply(([bucketArn, keyArn, replicaArn, replicaKeyArn]) =>
          policyDocument(
            replicationAccess({
              source: { bucketArn, keyArn },
              replica: { bucketArn: replicaArn, keyArn: replicaKeyArn },
            }),
          ),
        ),
    },
    { parent },
  );
  new BucketReplicationConfig(
    `${name}-rules`,
    {
      bucket: source.bucket.bucket,
      region: args.region,
      role: role.arn,
      rules: [
        {
          id: "everything",
          status: "Enabled",
          priority: 0,
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Disabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: replica.bucket.arn,
            encryptionConfiguration: { replicaKmsKeyId: replica.key.arn },
          },
        },
      ],
    },
    { parent, dependsOn: [source.versioning, replica.versioning, policy] },
  );
}
