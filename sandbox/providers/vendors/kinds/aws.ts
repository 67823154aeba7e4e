import {
  getList,
  getNumber,
  getObject,
  getString,
  inside,
  isUnknown,
  type Json,
  type JsonObject,
} from "../../shared/values.ts";
import type { KindRules, Making, Need, Rules } from "./types.ts";

const bucket: Need = { property: "bucket", kind: "s3.Bucket", by: ["id", "arn"] };
const role: Need = { property: "role", kind: "iam.Role", by: ["name", "arn"], holds: true };
const topic: Need = { property: "arn", kind: "sns.Topic", by: ["id"] };

const text = (object: JsonObject, key: string): string => getString(object, key) ?? "";
const partOf = (more: KindRules = {}): KindRules => ({
  needs: [bucket],
  id: (object) => text(object, "bucket"),
  unique: ["bucket"],
  adopts: () => true,
  computed: (_, { account }) => ({ region: account.region }),
  ...more,
});

/** A policy given as text must be JSON with statements. */
const policyIn =
  (...keys: string[]) =>
  (inputs: JsonObject): string[] =>
    keys.flatMap((key) => {
      const value = inside(inputs[key]);
      if (typeof value !== "string" || isUnknown(value)) return [];
      return isPolicy(value)
        ? []
        : [`${key} is no policy document: JSON with a Statement is needed (MalformedPolicyDocument)`];
    });

function isPolicy(value: string): boolean {
  try {
    return getObject(JSON.parse(value) as Json).Statement !== undefined;
  } catch {
    return false;
  }
}

const versioned = (name: string, { cloud }: Making): boolean =>
  getString(cloud["s3.BucketVersioning"]?.[name], "versioningConfiguration", "status") === "Enabled";

function checkLock(inputs: JsonObject): string[] {
  const retention = getObject(inputs, "rule", "defaultRetention");
  const given = ["days", "years"].filter((key) => (inside(retention[key]) ?? null) !== null);
  return Object.keys(retention).length === 0 || given.length === 1
    ? []
    : ["rule.defaultRetention: exactly one of days and years is required"];
}

function checkLifecycle(inputs: JsonObject): string[] {
  return getList(inputs, "rules").flatMap((rule, i) => {
    const expiry = getNumber(rule, "expiration", "days");
    return getList(rule, "transitions").flatMap((transition, j) => {
      const days = getNumber(transition, "days");
      const storage = getString(transition, "storageClass") ?? "";
      const at = `rules[${i}].transitions[${j}].days`;
      if (days === undefined) return [];
      if (storage.endsWith("_IA") && days < 30)
        return [`${at} is ${days}: objects stay 30 days or more before they go to ${storage}`];
      return expiry !== undefined && days >= expiry
        ? [`${at} is ${days}: it must be less than the expiration's ${expiry} days`]
        : [];
    });
  });
}

function refuseReplication(object: JsonObject, making: Making): string | undefined {
  const source = text(object, "bucket");
  if (!versioned(source, making)) return `the bucket ${source} must have versioning before it is replicated`;
  const targets = getList(object, "rules").map((rule) => getString(rule, "destination", "bucket") ?? "");
  const missing = targets.find((target) => !versioned(target.replace(/^arn:aws:s3:::/, ""), making));
  return missing === undefined ? undefined : `the destination ${missing} must exist and have versioning`;
}

const named = (object: JsonObject, { make }: Making): string =>
  getString(object, "name") ?? `${text(object, "namePrefix")}${make.letters(26)}`;

const globalArn = (service: string, path: string, { account }: Making): string =>
  `arn:aws:${service}::${account.accountId}:${path}`;
const regionalArn = (service: string, path: string, { account }: Making): string =>
  `arn:aws:${service}:${account.region}:${account.accountId}:${path}`;

const between =
  (key: string, low: number, high: number) =>
  (inputs: JsonObject): string[] => {
    const value = inside(inputs[key]);
    return typeof value !== "number" || (value >= low && value <= high)
      ? []
      : [`${key} is ${value}: ${low} to ${high} are allowed`];
  };

export const aws: Rules = {
  "s3.Bucket": {
    id: (object, { make }) =>
      getString(object, "bucket") ?? `${text(object, "bucketPrefix")}${make.letters(26)}`,
    unique: ["bucket"],
    check: (inputs) => {
      const name = getString(inputs, "bucket");
      return name === undefined || isUnknown(name) || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)
        ? []
        : [`bucket is "${name}": 3 to 63 lower-case letters, digits, "-" and "." are allowed`];
    },
    computed: (object, { account }) => {
      const name = text(object, "bucket");
      return {
        arn: `arn:aws:s3:::${name}`,
        region: account.region,
        bucketRegion: account.region,
        bucketDomainName: `${name}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${name}.s3.${account.region}.amazonaws.com`,
        hostedZoneId: "Z3AQBSTGFYJSTF",
        objectLockEnabled: false,
      };
    },
  },
  "s3.BucketVersioning": partOf(),
  "s3.BucketServerSideEncryptionConfiguration": partOf(),
  "s3.BucketPublicAccessBlock": partOf(),
  "s3.BucketOwnershipControls": partOf(),
  "s3.BucketLogging": partOf(),
  "s3.BucketNotification": partOf(),
  "s3.BucketPolicy": partOf({ check: policyIn("policy") }),
  "s3.BucketLifecycleConfiguration": partOf({
    check: checkLifecycle,
    computed: (_, { account }) => ({
      region: account.region,
      transitionDefaultMinimumObjectSize: "all_storage_classes_128K",
    }),
  }),
  "s3.BucketObjectLockConfiguration": partOf({
    check: checkLock,
    refuse: (object, making) =>
      versioned(text(object, "bucket"), making)
        ? undefined
        : `the bucket ${text(object, "bucket")} must have versioning before it is locked (InvalidBucketState)`,
  }),
  "s3.BucketReplicationConfig": partOf({ refuse: refuseReplication }),
  "s3.BucketMetric": partOf({
    id: (object) => `${text(object, "bucket")}:${text(object, "name")}`,
    unique: ["bucket", "name"],
  }),
  "s3.Inventory": partOf({
    id: (object) => `${text(object, "bucket")}:${text(object, "name")}`,
    unique: ["bucket", "name"],
  }),
  "kms.Key": {
    hidden: () => ["deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"],
    id: (_, { make }) => make.uuid(),
    check: (inputs) => [...policyIn("policy")(inputs), ...between("deletionWindowInDays", 7, 30)(inputs)],
    computed: (_, making) => ({
      keyUsage: "ENCRYPT_DECRYPT",
      multiRegion: false,
      region: making.account.region,
    }),
  },
  "kms.Alias": {
    id: (object) => text(object, "name"),
    unique: ["name"],
    check: (inputs) => {
      const name = getString(inputs, "name");
      return name === undefined || isUnknown(name) || name.startsWith("alias/")
        ? []
        : [`name is "${name}": it must begin with "alias/"`];
    },
    needs: [{ property: "targetKeyId", kind: "kms.Key", by: ["id", "arn", "keyId"] }],
    computed: (object, making) => ({
      arn: regionalArn("kms", text(object, "name"), making),
      targetKeyArn: regionalArn("kms", `key/${text(object, "targetKeyId").split("/").at(-1) ?? ""}`, making),
      region: making.account.region,
    }),
  },
  "iam.OpenIdConnectProvider": {
    id: (object, making) =>
      globalArn("iam", `oidc-provider/${text(object, "url").replace(/^https:\/\//, "")}`, making),
    unique: ["url"],
    check: (inputs) => {
      const url = getString(inputs, "url");
      return url === undefined || isUnknown(url) || url.startsWith("https://")
        ? []
        : [`url is "${url}": https:// is needed`];
    },
    computed: (_, { make }) => ({ thumbprintLists: [make.hex(40)] }),
  },
  "iam.Role": {
    id: named,
    unique: ["name"],
    check: policyIn("assumeRolePolicy"),
    computed: (object, making) => ({
      arn: globalArn("iam", `role${getString(object, "path") ?? "/"}${text(object, "name")}`, making),
      createDate: new Date().toISOString(),
      uniqueId: `AROA${making.make.capitals(17)}`,
      inlinePolicies: [],
      managedPolicyArns: [],
    }),
  },
  "iam.RolePolicy": {
    id: (object) => `${text(object, "role")}:${text(object, "name")}`,
    unique: ["role", "name"],
    adopts: () => true,
    needs: [role],
    check: policyIn("policy"),
  },
  "iam.Policy": {
    id: (object, making) =>
      globalArn("iam", `policy${getString(object, "path") ?? "/"}${text(object, "name")}`, making),
    unique: ["name"],
    check: policyIn("policy"),
    computed: (_, { make }) => ({ policyId: `ANPA${make.capitals(17)}`, attachmentCount: 0 }),
  },
  "iam.RolePolicyAttachment": {
    id: (object) => `${text(object, "role")}/${text(object, "policyArn")}`,
    unique: ["role", "policyArn"],
    adopts: () => true,
    needs: [role],
  },
  "cloudwatch.MetricAlarm": {
    id: (object) => text(object, "name"),
    unique: ["name"],
    adopts: () => true,
    computed: (object, making) => ({
      arn: regionalArn("cloudwatch", `alarm:${text(object, "name")}`, making),
      region: making.account.region,
      evaluateLowSampleCountPercentiles: "",
    }),
  },
  "sns.Topic": {
    id: (object, making) => regionalArn("sns", text(object, "name"), making),
    unique: ["name"],
    adopts: () => true,
    check: policyIn("policy"),
    computed: (_, { account }) => ({ owner: account.accountId, region: account.region }),
  },
  "sns.TopicPolicy": {
    needs: [topic],
    id: (object) => text(object, "arn"),
    unique: ["arn"],
    adopts: () => true,
  },
  "sns.TopicSubscription": {
    needs: [{ property: "topic", kind: "sns.Topic", by: ["id"] }],
    id: (object, { make }) => `${text(object, "topic")}:${make.uuid()}`,
  },
};
