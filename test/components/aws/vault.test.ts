// The vault and the roles as the engine is told about them.
import { describe, expect, test } from "@jest/globals";
import { BackupVault } from "../../../components/aws/BackupVault.ts";
import type { BackupVaultArgs } from "../../../components/aws/BackupVaultArgs.ts";
import { GithubOidcRole } from "../../../components/aws/GithubOidcRole.ts";
import { KubernetesRole } from "../../../components/aws/KubernetesRole.ts";
import { runWithMocks, type Registered } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const copies = { hotDays: 30, coldClass: "GLACIER", keepDays: 365, noncurrentDays: 30 } as const;
const vault: BackupVaultArgs = {
  bucket: "pulse-backups",
  region: "eu-central-1",
  retention: {
    copies: { database: { ...copies, prefix: "database/" }, releases: { ...copies, prefix: "backups/" } },
    lock: { mode: "GOVERNANCE", days: 30 },
    recovery: { forDays: 30, withinHours: 1, coldWithinHours: 12 },
  },
  accessLogs: { keepDays: 365 },
  keyDeletionDays: 30,
  protect: true,
};

function inputs(resources: Registered[], name: string): Record<string, unknown> {
  const found = resources.find((resource) => resource.name === name);
  if (!found)
    throw new Error(`${name} is not among ${resources.map((resource) => resource.name).join(", ")}`);
  return found.inputs as Record<string, unknown>;
}

describe("a vault", () => {
  const declare = (change: Partial<BackupVaultArgs> = {}) =>
    runWithMocks(() => {
      new BackupVault("backups", { ...vault, ...change });
    });

  test("is versioned, locked, encrypted with its own key, and closed", async () => {
    const { resources } = await declare();
    expect(inputs(resources, "backups")).toMatchObject({ bucket: "pulse-backups", objectLockEnabled: true });
    expect(inputs(resources, "backups-versioning")).toMatchObject({
      versioningConfiguration: { status: "Enabled" },
    });
    expect(inputs(resources, "backups-lock")).toMatchObject({
      rule: { defaultRetention: { mode: "GOVERNANCE", days: 30 } },
    });
    expect(inputs(resources, "backups-key")).toMatchObject({
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    expect(inputs(resources, "backups-public-access")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputs(resources, "backups-logging")).toMatchObject({ targetPrefix: "pulse-backups/" });
  });

  test("cools and deletes by prefix, versions that were overwritten too", async () => {
    const { resources } = await declare();
    const rule = {
      status: "Enabled",
      transitions: [{ days: 30, storageClass: "GLACIER" }],
      expiration: { days: 365 },
      noncurrentVersionExpiration: { noncurrentDays: 30 },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    };
    expect(inputs(resources, "backups-lifecycle").rules).toEqual([
      { id: "database", filter: { prefix: "database/" }, ...rule },
      { id: "releases", filter: { prefix: "backups/" }, ...rule },
    ]);
  });

  test.each([true, false])("has its buckets and keys protected: %s", async (protect) => {
    const { resources } = await declare({ protect, replica: { region: "eu-west-1" } });
    const holding = resources.filter(({ type }) =>
      ["aws:s3/bucket:Bucket", "aws:kms/key:Key"].includes(type),
    );
    expect(holding.map(({ name }) => name)).toEqual([
      "backups-key",
      "backups-replica-key",
      "backups",
      "backups-logs",
      "backups-replica",
    ]);
    expect(holding.map((resource) => resource.protect ?? false)).toEqual(holding.map(() => protect));
    expect(holding.filter(({ inputs }) => (inputs as { forceDestroy?: boolean }).forceDestroy)).toEqual([]);
  });

  test("is copied to a locked bucket in another region when asked, and deletions are not", async () => {
    const { resources } = await declare({ replica: { region: "eu-west-1" } });
    expect(inputs(resources, "backups-replica")).toMatchObject({
      bucket: "pulse-backups-replica",
      region: "eu-west-1",
      objectLockEnabled: true,
    });
    expect(inputs(resources, "backups-replication-rules").rules).toMatchObject([
      {
        deleteMarkerReplication: { status: "Disabled" },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: {} },
      },
    ]);
  });

  test.each([
    ["123456789012", { StringEquals: { "aws:SourceAccount": "123456789012" } }],
    [undefined, {}],
  ])(
    "takes logs of its own bucket, and of its own account where that is known: %s",
    async (accountId, more) => {
      const { resources } = await declare(accountId === undefined ? {} : { accountId });
      const { Statement } = JSON.parse(inputs(resources, "backups-logs-policy").policy as string) as {
        Statement: { Sid: string; Condition: Record<string, Record<string, string>> }[];
      };
      const { Condition = {} } = Statement.find(({ Sid }) => Sid === "LogDelivery") ?? {};
      const { ArnLike, ...rest } = Condition;
      expect(ArnLike?.["aws:SourceArn"]).toBe("arn:of:backups");
      expect(rest).toEqual(more);
    },
  );

  test("makes no bucket for logs where one is named", async () => {
    const { resources } = await declare({ accessLogs: { bucket: "company-logs", keepDays: 30 } });
    expect(resources.map(({ name }) => name)).not.toContain("backups-logs");
    expect(inputs(resources, "backups-logging")).toMatchObject({ targetBucket: "company-logs" });
  });

  test("says everything that is wrong with it at once, before it declares anything", async () => {
    const bad: BackupVaultArgs = {
      ...vault,
      bucket: "Pulse",
      accountId: "1234",
      keyDeletionDays: 3,
      replica: { region: "eu-central-1" },
      retention: { ...vault.retention, lock: { mode: "GOVERNANCE", days: 0 } },
    };
    expect(await refusal(() => new BackupVault("backups", bad))).toBe(
      [
        "BackupVault backups has 5 mistakes:",
        "  retention.lock.days is 0; allowed: whole days from 1",
        '  bucket is "Pulse"; allowed: 3 to 55 of a-z, 0-9 and -, not - at either end',
        '  accountId is "1234"; allowed: twelve digits',
        '  replica.region is "eu-central-1", where the vault is; allowed: another region, or no replica',
        "  keyDeletionDays is 3; allowed: whole days from 7 to 30",
      ].join("\n"),
    );
  });

  test("gives access to copies that it keeps, and to no others", async () => {
    const unknown = () => new BackupVault("backups", vault).access("writer", ["files"]);
    expect(await refusal(unknown)).toBe(
      "The backup vault keeps no copies named files; it keeps database, releases.",
    );
  });
});

describe("a role", () => {
  const trust = (resources: Registered[], name: string): unknown =>
    JSON.parse(String(inputs(resources, name).assumeRolePolicy));
  const base = { roleName: "pulse-backup-writer", identityProviderArn: "arn:aws:iam::1:oidc-provider/x" };

  test("for GitHub is taken by one environment of one repository", async () => {
    const github = { owner: "pulse", repository: "messages", environment: "production" };
    const { resources } = await runWithMocks(() => {
      new GithubOidcRole("deploy", { ...base, github, statements: [] });
    });
    expect(trust(resources, "deploy")).toMatchObject({
      Statement: [
        {
          Principal: { Federated: base.identityProviderArn },
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": "repo:pulse/messages:environment:production",
            },
          },
        },
      ],
    });
  });

  test("for pods is taken by one service account", async () => {
    const { resources } = await runWithMocks(() => {
      const backups = new BackupVault("backups", vault);
      new KubernetesRole("writer", {
        ...base,
        issuer: "https://oidc.example.com/id/1",
        serviceAccount: { namespace: "pulse", name: "backup" },
        statements: backups.access("writer", ["database"]),
      });
    });
    expect(trust(resources, "writer")).toMatchObject({
      Statement: [
        {
          Condition: {
            StringEquals: {
              "oidc.example.com/id/1:aud": "sts.amazonaws.com",
              "oidc.example.com/id/1:sub": "system:serviceaccount:pulse:backup",
            },
          },
        },
      ],
    });
  });

  test("lets in no wildcard", async () => {
    const github = { owner: "pulse", repository: "*", environment: "prod*" };
    const wild = () => new GithubOidcRole("deploy", { ...base, roleName: "", github, statements: [] });
    expect(await refusal(wild)).toBe(
      [
        "GithubOidcRole deploy has 3 mistakes:",
        '  roleName is ""; allowed: 1 to 64 letters, digits and _+=,.@-',
        '  github.repository is "*"; allowed: letters, digits, -, _ and ., no wildcard',
        '  github.environment is "prod*"; allowed: letters, digits, -, _ and ., no wildcard',
      ].join("\n"),
    );
  });
});
