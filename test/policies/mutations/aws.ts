// One way to break a rule a line, by the rule's name. The world is in ../fixtures.
import { gone, type Edit, type Mutation } from "../world.ts";

const bucket = "Bucket pulse-messages-production-backups";
const named = (kind: string, part: string): string => `${kind} pulse-messages-production-backups-${part}`;
const lifecycle = named("BucketLifecycleConfiguration", "lifecycle");
const policy = named("BucketPolicy", "policy");
const publicAccess = named("BucketPublicAccessBlock", "public-access");
const deploy = "Role pulse-messages-production-deploy";
const statement = (change: object): string =>
  JSON.stringify({
    Statement: [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:of:a/*"], ...change }],
  });
const trust = (subject: object): string =>
  JSON.stringify({
    Statement: {
      Effect: "Allow",
      Principal: { Federated: "arn:of:github" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: subject,
    },
  });
const claims = (sub: string) => ({
  StringEquals: {
    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
    "token.actions.githubusercontent.com:sub": sub,
  },
});
const tls = (condition: object, change: object = {}): string =>
  JSON.stringify({
    Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Condition: condition, ...change }],
  });
const secure = { Bool: { "aws:SecureTransport": "false" }, NumericLessThan: { "s3:TlsVersion": "1.2" } };
const iam = (name: string, props: Record<string, unknown>): Edit => ({
  type: `aws:iam/${name}:${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  name: "extra",
  props,
});
const rolePolicy = "RolePolicy pulse-messages-production-deploy-policy";

export const aws: Record<string, Mutation[]> = {
  "aws-s3-public-access": [
    ["no block", [publicAccess]],
    ...["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(
      (key): Mutation => [key, [publicAccess, key, false]],
    ),
    ["no ownership", [named("BucketOwnershipControls", "ownership")]],
    ["lists work", [named("BucketOwnershipControls", "ownership"), "rule/objectOwnership", "ObjectWriter"]],
  ],
  "aws-s3-tls-only": [
    ["no policy", [policy]],
    ["plain HTTP", [policy, "policy", tls({ NumericLessThan: { "s3:TlsVersion": "1.2" } })]],
    ["old TLS", [policy, "policy", tls({ Bool: { "aws:SecureTransport": "false" } })]],
    ["TLS 1.1", [policy, "policy", tls({ ...secure, NumericLessThan: { "s3:TlsVersion": "1.1" } })]],
    ["of one account", [policy, "policy", tls(secure, { Principal: { AWS: "arn:of:one" } })]],
    ["of some actions", [policy, "policy", tls(secure, { Action: "s3:PutObject" })]],
    ["allowed", [policy, "policy", tls(secure, { Effect: "Allow" })]],
  ],
  "aws-s3-encryption": [
    ["none", [named("BucketServerSideEncryptionConfiguration", "encryption")]],
    [
      "S3's own",
      [
        named("BucketServerSideEncryptionConfiguration", "encryption"),
        "rules/0/applyServerSideEncryptionByDefault/sseAlgorithm",
        "AES256",
      ],
    ],
    [
      "AWS's key",
      [named("BucketServerSideEncryptionConfiguration", "encryption")],
      {
        type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        name: "plain",
        props: {
          bucket: "example-pulse-backups-production",
          rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }],
        },
      },
    ],
  ],
  "aws-s3-versioning": [
    ["none", [named("BucketVersioning", "versioning")]],
    ["suspended", [named("BucketVersioning", "versioning"), "versioningConfiguration/status", "Suspended"]],
  ],
  "aws-s3-lock": [
    ["off", [bucket, "objectLockEnabled", false]],
    ["no retention", [named("BucketObjectLockConfiguration", "lock"), "rule", gone]],
    ["too short", [named("BucketObjectLockConfiguration", "lock"), "rule/defaultRetention/days", 1]],
  ],
  "aws-s3-lifecycle": [
    ["none", [lifecycle]],
    ["disabled", [lifecycle, "rules/0/status", "Disabled"], [lifecycle, "rules/1/status", "Disabled"]],
    ["one prefix without", [lifecycle, "rules/0/filter/prefix", "other/"]],
    ["deleted too early", [lifecycle, "rules/0/expiration/days", 200]],
    ["moved too early", [lifecycle, "rules/0/transitions/0/days", 1]],
    ["never deleted", [lifecycle, "rules/0/noncurrentVersionExpiration", gone]],
    ["paid for longer", [lifecycle, "rules/0/transitions/0/days", 364]],
    ["logs for ever", [named("BucketLifecycleConfiguration", "logs-lifecycle"), "rules/0/expiration", gone]],
  ],
  "aws-s3-force-destroy": [["on", [bucket, "forceDestroy", true]]],
  "aws-s3-access-logs": [["none", [named("BucketLogging", "logging")]]],
  "aws-kms-key": [
    ["never renewed", [named("Key", "key"), "enableKeyRotation", gone]],
    ["gone in a week", [named("Key", "key"), "deletionWindowInDays", 7]],
  ],
  "aws-iam-no-admin": [
    ["everything", [rolePolicy, "policy", statement({ Action: "*" })]],
    ["everything of a service", [rolePolicy, "policy", statement({ Action: ["s3:*"] })]],
    ["all but some", [rolePolicy, "policy", statement({ Action: undefined, NotAction: "iam:*" })]],
    ["on everything", [rolePolicy, "policy", statement({ Resource: "*" })]],
    [
      "as attachment",
      iam("rolePolicyAttachment", { role: "a", policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
    ],
    ["as managed policy", [deploy, "managedPolicyArns", ["arn:aws:iam::aws:policy/PowerUserAccess"]]],
    ["inline", [deploy, "inlinePolicies", [{ policy: statement({ Action: "*" }) }]]],
    ["a user", iam("user", { name: "ci" })],
    ["an access key", iam("accessKey", { user: "ci" })],
  ],
  "aws-iam-oidc-subject": [
    ["every branch", [deploy, "assumeRolePolicy", trust(claims("repo:example/pulse-messages:*"))]],
    [
      "a branch",
      [deploy, "assumeRolePolicy", trust(claims("repo:example/pulse-messages:ref:refs/heads/main"))],
    ],
    [
      "every repository",
      [deploy, "assumeRolePolicy", trust(claims("repo:example/*:environment:production"))],
    ],
    ["every account", [deploy, "assumeRolePolicy", trust(claims("system:serviceaccount:pulse-messages:*"))]],
    [
      "by pattern",
      [
        deploy,
        "assumeRolePolicy",
        trust({ StringLike: claims("repo:example/a:environment:b").StringEquals }),
      ],
    ],
    [
      "any audience",
      [
        deploy,
        "assumeRolePolicy",
        trust({ StringEquals: { "token.actions.githubusercontent.com:sub": "repo:a/b:environment:c" } }),
      ],
    ],
    [
      "everybody",
      [deploy, "assumeRolePolicy", statement({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" })],
    ],
  ],
};
