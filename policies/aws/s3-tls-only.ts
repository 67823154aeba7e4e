import type * as aws from "@pulumi/aws";
import { stackRule, want } from "../rule.ts";
import { about, bucketsOf, bucketType } from "./buckets.ts";
import { listOf, statementsOf, type Statement } from "./document.ts";

export const s3TlsOnly = stackRule({
  name: "aws-s3-tls-only",
  title: "Buckets refuse requests without TLS 1.2 or newer",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-17"],
  why: "S3 still answers plain HTTP, where a backup can be read on its way.",
  fix: "Declare a BucketPolicy that denies s3:* to everybody where aws:SecureTransport is false, and where s3:TlsVersion is below 1.2.",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
  onlyWith: bucketType,
  *check(stack) {
    for (const bucket of bucketsOf(stack)) {
      const policies = about<aws.s3.BucketPolicyArgs>(stack, "aws:s3/bucketPolicy:BucketPolicy", bucket);
      const statements = (): Statement[] =>
        policies.flatMap(({ props }) => statementsOf(props.policy)).filter(deniesAll);
      yield [
        bucket,
        () =>
          want(
            statements().some(({ Condition }) => text(Condition?.Bool?.["aws:SecureTransport"]) === "false"),
            "has no policy that denies requests without TLS",
          ),
      ];
      yield [
        bucket,
        () =>
          want(
            statements().some(
              ({ Condition }) => Number(text(Condition?.NumericLessThan?.["s3:TlsVersion"])) >= 1.2,
            ),
            "has no policy that denies TLS below 1.2",
          ),
      ];
    }
  },
});

const deniesAll = ({ Effect, Principal, Action }: Statement): boolean => {
  const everybody =
    Principal === "*" || (typeof Principal === "object" && listOf(Principal.AWS).includes("*"));
  return Effect === "Deny" && everybody && listOf(Action).includes("s3:*");
};

const text = (value: string | string[] | undefined): string => listOf(value).join();
