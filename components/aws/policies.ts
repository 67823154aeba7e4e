/** Conditions as IAM writes them: operator, key, allowed values. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of an IAM or bucket policy. */
export interface Statement {
  /** Says what it is for; unique in its policy. */
  Sid: string;
  Effect: "Allow" | "Deny";
  /** Only in policies of a bucket or role. */
  Principal?: "*" | { Service: string } | { Federated: string };
  Action: readonly string[];
  /** ARNs; not in trust policies. */
  Resource?: readonly string[];
  Condition?: Condition;
}

/** The policy document with these statements, as JSON. */
export function policyDocument(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** No request without TLS 1.2 reaches a bucket. */
export function tlsOnly(bucketArn: string): Statement[] {
  const all = { Principal: "*", Action: ["s3:*"], Resource: [bucketArn, `${bucketArn}/*`] } as const;
  return [
    { Sid: "TlsOnly", Effect: "Deny", ...all, Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { Sid: "Tls12", Effect: "Deny", ...all, Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
  ];
}

/**
 * What holds for everybody who may use a vault's bucket, whatever their own policies allow: TLS, the vault's key and
 * no other, and a lock that nobody lifts or shortens.
 */
export function vaultPolicy(vault: { bucketArn: string; keyArn: string; lockDays: number }): Statement[] {
  const objects = { Principal: "*", Resource: [`${vault.bucketArn}/*`] } as const;
  const keyHeader = "s3:x-amz-server-side-encryption-aws-kms-key-id";
  const methodHeader = "s3:x-amz-server-side-encryption";
  // A request without these headers gets the bucket's default, which is right: so only where one is there.
  const otherThan = (header: string, value: string): Condition => ({
    Null: { [header]: "false" },
    StringNotEquals: { [header]: value },
  });
  return [
    ...tlsOnly(vault.bucketArn),
    {
      Sid: "KmsOnly",
      Effect: "Deny",
      ...objects,
      Action: ["s3:PutObject"],
      Condition: otherThan(methodHeader, "aws:kms"),
    },
    {
      Sid: "OwnKeyOnly",
      Effect: "Deny",
      ...objects,
      Action: ["s3:PutObject"],
      Condition: otherThan(keyHeader, vault.keyArn),
    },
    { Sid: "LockStays", Effect: "Deny", ...objects, Action: ["s3:BypassGovernanceRetention"] },
    {
      Sid: "LockIsNotShort",
      Effect: "Deny",
      ...objects,
      Action: ["s3:PutObjectRetention"],
      Condition: {
        NumericLessThan: { "s3:object-lock-remaining-retention-days": String(vault.lockDays) },
      },
    },
  ];
}

/** What a role is for: writing backups, or reading them back. */
export type VaultAccess = "writer" | "restorer";

/**
 * The least that a writer or a restorer of backups needs. A writer adds objects and can neither read, delete nor
 * unlock any; a restorer reads every version and asks for cold ones to be made readable.
 */
export function vaultAccess(
  access: VaultAccess,
  vault: { bucketArn: string; keyArn: string; region: string; prefixes: readonly string[] },
): Statement[] {
  const objects = vault.prefixes.map((prefix) => `${vault.bucketArn}/${prefix}*`);
  const listing = { StringLike: { "s3:prefix": vault.prefixes.map((prefix) => `${prefix}*`) } };
  const throughS3 = { StringEquals: { "kms:ViaService": `s3.${vault.region}.amazonaws.com` } };
  const key = { Effect: "Allow", Resource: [vault.keyArn], Condition: throughS3 } as const;
  if (access === "restorer") {
    return [
      {
        Sid: "Read",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:RestoreObject"],
        Resource: objects,
      },
      {
        Sid: "List",
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:ListBucketVersions"],
        Resource: [vault.bucketArn],
        Condition: listing,
      },
      { Sid: "Decrypt", ...key, Action: ["kms:Decrypt"] },
      { Sid: "OnlyRead", Effect: "Deny", Action: [...changes, "s3:PutObject"], Resource: everything(vault) },
    ];
  }
  return [
    {
      Sid: "Write",
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
      Resource: objects,
    },
    // S3 decrypts the parts of a large upload to join them; without s3:GetObject nothing can be read by it.
    { Sid: "Encrypt", ...key, Action: ["kms:GenerateDataKey", "kms:Decrypt"] },
    { Sid: "NeverDelete", Effect: "Deny", Action: changes, Resource: everything(vault) },
  ];
}

/** Denied by name, so that a policy that is attached to the role later cannot allow them. */
const changes = [
  "s3:DeleteObject*",
  "s3:DeleteBucket*",
  "s3:PutObjectRetention",
  "s3:PutObjectLegalHold",
  "s3:BypassGovernanceRetention",
  "s3:PutBucket*",
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
  "s3:PutEncryptionConfiguration",
] as const;

function everything({ bucketArn }: { bucketArn: string }): string[] {
  return [bucketArn, `${bucketArn}/*`];
}

/** What S3 itself needs to copy a bucket's objects to a bucket in another region. */
export function replicationAccess(vaults: {
  source: { bucketArn: string; keyArn: string };
  replica: { bucketArn: string; keyArn: string };
}): Statement[] {
  const { source, replica } = vaults;
  return [
    {
      Sid: "ReadBucket",
      Effect: "Allow",
      Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
      Resource: [source.bucketArn],
    },
    {
      Sid: "ReadVersions",
      Effect: "Allow",
      Action: [
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
        "s3:GetObjectRetention",
        "s3:GetObjectLegalHold",
      ],
      Resource: [`${source.bucketArn}/*`],
    },
    // Not ReplicateDelete: a deletion here must not reach the copy there.
    {
      Sid: "WriteReplica",
      Effect: "Allow",
      Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: [`${replica.bucketArn}/*`],
    },
    { Sid: "Decrypt", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [source.keyArn] },
    {
      Sid: "Encrypt",
      Effect: "Allow",
      Action: ["kms:Encrypt", "kms:GenerateDataKey"],
      Resource: [replica.keyArn],
    },
  ];
}
