import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import type * as pulumi from "@pulumi/pulumi";

export interface PrivateBucketArgs {
  bucket: string;
  region: string;
  /** Versions can be locked; only a new bucket can get this. */
  objectLockEnabled: boolean;
  tags?: Readonly<Record<string, string>>;
}

/** A bucket that nothing can make public, and whose objects all belong to its owner. */
export function privateBucket(
  name: string,
  { bucket: bucketName, objectLockEnabled, region, tags }: PrivateBucketArgs,
  opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): { bucket: Bucket; closed: BucketPublicAccessBlock } {
  // Never forceDestroy: it deletes locked versions too.
  const bucket = new Bucket(
    name,
    { bucket: bucketName, region, objectLockEnabled, forceDestroy: false, tags },
    opts,
  );
  const on = { bucket: bucket.bucket, region };
  // A bucket that cannot be deleted must not lose what guards it either: everything has the bucket's protection.
  new BucketOwnershipControls(
    `${name}-ownership`,
    { ...on, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
  const closed = new BucketPublicAccessBlock(
    `${name}-public-access`,
    {
      ...on,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  return { bucket, closed };
}
