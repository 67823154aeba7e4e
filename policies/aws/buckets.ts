import type * as aws from "@pulumi/aws";
import type { PropsOf, Seen } from "../resource.ts";
import type { Stack, StackResource } from "../stack.ts";

export const bucketType = "aws:s3/bucket:Bucket";
export const accessLogsType = "aws:s3/bucketLogging:BucketLogging";
export type Bucket = Seen<PropsOf<aws.s3.BucketArgs>>;

export const bucketsOf = (stack: Stack): Bucket[] => stack.all<aws.s3.BucketArgs>(bucketType);

/** A resource of a type that says something about a bucket. */
export const about = <Args>(
  stack: Stack,
  type: string,
  bucket: Bucket,
): (StackResource & { props: PropsOf<Args> })[] =>
  stack.of<Args>(type, "bucket", bucket, () => bucket.props.bucket);

/** Whether other buckets' access logs go there: what is in it can be lost, and S3 cannot write them into a vault. */
export const holdsLogs = (stack: Stack, bucket: Bucket): boolean =>
  stack.of(accessLogsType, "targetBucket", bucket, () => bucket.props.bucket).length > 0;

/** Buckets with data that has to survive. */
export const vaultsOf = (stack: Stack): Bucket[] =>
  bucketsOf(stack).filter((bucket) => !holdsLogs(stack, bucket));
