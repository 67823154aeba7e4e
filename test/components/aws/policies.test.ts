// What the policies allow, by evaluating them as IAM does.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { vaultAccess, vaultPolicy } from "../../../components/aws/policies.ts";
import { allows, denies } from "../../support/iam.ts";

const bucketArn = "arn:aws:s3:::vault";
const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/own";
const region = "eu-central-1";
const writer = vaultAccess("writer", { bucketArn, keyArn, region, prefixes: ["database/"] });
const restorer = vaultAccess("restorer", { bucketArn, keyArn, region, prefixes: ["database/"] });
const dump = `${bucketArn}/database/2026-01-02.sql.gz`;
const throughS3 = { "kms:ViaService": "s3.eu-central-1.amazonaws.com" };

const harmful = [
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:DeleteObjectTagging",
  "s3:DeleteBucket",
  "s3:DeleteBucketPolicy",
  "s3:PutObjectRetention",
  "s3:PutObjectLegalHold",
  "s3:BypassGovernanceRetention",
  "s3:PutBucketPolicy",
  "s3:PutBucketVersioning",
  "s3:PutBucketObjectLockConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
  "s3:PutEncryptionConfiguration",
];

describe("a writer", () => {
  test("adds objects under its prefix and nowhere else", () => {
    expect(allows(writer, { action: "s3:PutObject", resource: dump })).toBe(true);
    expect(allows(writer, { action: "s3:PutObject", resource: `${bucketArn}/backups/v1.0.1` })).toBe(false);
    expect(allows(writer, { action: "s3:PutObject", resource: "arn:aws:s3:::vault-2/database/x" })).toBe(
      false,
    );
  });

  test("reads nothing back, and uses the key through S3 alone", () => {
    expect(allows(writer, { action: "s3:GetObject", resource: dump })).toBe(false);
    expect(allows(writer, { action: "kms:GenerateDataKey", resource: keyArn, context: throughS3 })).toBe(
      true,
    );
    expect(allows(writer, { action: "kms:Decrypt", resource: keyArn })).toBe(false);
  });
});

test("a restorer reads and lists under its prefix and writes nothing", () => {
  for (const action of ["s3:GetObject", "s3:GetObjectVersion", "s3:RestoreObject"]) {
    expect(allows(restorer, { action, resource: dump })).toBe(true);
    expect(allows(restorer, { action, resource: `${bucketArn}/backups/v1.0.1` })).toBe(false);
  }
  const list = { action: "s3:ListBucket", resource: bucketArn };
  expect(allows(restorer, { ...list, context: { "s3:prefix": "database/" } })).toBe(true);
  expect(allows(restorer, { ...list, context: { "s3:prefix": "" } })).toBe(false);
  expect(allows(restorer, { action: "s3:PutObject", resource: dump })).toBe(false);
});

test("neither deletes or unlocks anything, even with a policy that allows everything beside it", () => {
  const everything = { Sid: "Admin", Effect: "Allow", Action: ["*"], Resource: ["*"] } as const;
  const key = fc.stringMatching(/^[a-z0-9/.-]{1,40}$/);
  fc.assert(
    fc.property(fc.constantFrom(...harmful), key, fc.constantFrom(writer, restorer), (action, name, role) => {
      for (const resource of [bucketArn, `${bucketArn}/${name}`]) {
        expect(allows([...role, everything], { action, resource })).toBe(false);
      }
    }),
  );
});

describe("the bucket refuses everybody", () => {
  const policy = vaultPolicy({ bucketArn, keyArn, lockDays: 30 });
  const put = (context: Record<string, string>) => ({ action: "s3:PutObject", resource: dump, context });
  const tls = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
  const method = "s3:x-amz-server-side-encryption";
  const keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
  const retain = (days: number) => ({
    action: "s3:PutObjectRetention",
    resource: dump,
    context: { ...tls, "s3:object-lock-remaining-retention-days": String(days) },
  });

  test.each([
    ["without TLS", put({ "aws:SecureTransport": "false" })],
    ["with TLS 1.1", put({ ...tls, "s3:TlsVersion": "1.1" })],
    ["who encrypts without KMS", put({ ...tls, [method]: "AES256" })],
    [
      "who encrypts with another key",
      put({ ...tls, [method]: "aws:kms", [keyId]: "arn:aws:kms:::key/other" }),
    ],
    ["who lifts a lock", { action: "s3:BypassGovernanceRetention", resource: dump, context: tls }],
    ["who shortens a lock", retain(29)],
  ])("%s", (_, request) => expect(denies(policy, request)).toBe(true));

  test.each([
    ["who takes the bucket's own encryption", put(tls)],
    ["who names the vault's key", put({ ...tls, [method]: "aws:kms", [keyId]: keyArn })],
    ["who lengthens a lock", retain(31)],
  ])("but not one %s", (_, request) => expect(denies(policy, request)).toBe(false));
});
