import { expect, test } from "@jest/globals";
import { isSecret, unknownValue, asSecret, type JsonObject } from "../../sandbox/providers/shared/values.ts";
import { complete, defaultsKey, problemsOf } from "../../sandbox/providers/vendors/check.ts";
import { diff } from "../../sandbox/providers/vendors/diff.ts";
import {
  kindOfToken,
  packages,
  readFacts,
  type KindFacts,
  type PackageName,
} from "../../sandbox/providers/vendors/facts.ts";
import { refMatches } from "../../sandbox/providers/vendors/kinds/github-rulesets.ts";
import { rulesOf } from "../../sandbox/providers/vendors/kinds/index.ts";
import { parameterized } from "../../sandbox/providers/vendors/parameterize.ts";

const known = Object.fromEntries(packages.map((name) => [name, readFacts(name)]));

function factsOf(vendor: PackageName, kind: string): { token: string; facts: KindFacts } {
  const entry = Object.entries(readFacts(vendor).resources).find(([token]) => kindOfToken(token) === kind);
  if (!entry) throw new Error(`no facts of ${kind}`);
  return { token: entry[0], facts: entry[1] };
}

/** Everything that a check says of these inputs, the vendor's own rules included. */
function problems(vendor: PackageName, kind: string, inputs: JsonObject): string[] {
  const { facts } = factsOf(vendor, kind);
  const wrong = problemsOf(facts.inputs, known[vendor]?.types ?? {}, inputs, kind);
  return [...wrong, ...(rulesOf(vendor)[kind]?.check?.(inputs) ?? [])];
}

test.each(packages)("every rule of %s is about a kind and properties that its facts know", (vendor) => {
  const { resources } = readFacts(vendor);
  const kinds = new Map(Object.entries(resources).map(([token, kind]) => [kindOfToken(token), kind]));
  for (const [name, { unique = [], needs = [] }] of Object.entries(rulesOf(vendor))) {
    const kind = kinds.get(name);
    expect([name, kind === undefined]).toEqual([name, false]);
    const all = Object.keys({ ...kind?.inputs, ...kind?.outputs });
    expect(all).toEqual(expect.arrayContaining([...unique, ...needs.map(({ property }) => property)]));
    for (const need of needs) expect([...kinds.keys()]).toContain(need.kind);
  }
});

test("facts hold what the SDKs' plugins hold: versions, secrets, replacements, required inputs", () => {
  expect(known.aws?.version).toBe("7.48.0");
  expect(known.vercel?.version).toBe("5.4.1");
  expect(factsOf("vercel", "ProjectEnvironmentVariable").facts.inputs).toMatchObject({
    value: { type: "string", secret: true },
    sensitive: { type: "boolean", required: true, replaces: true },
  });
  expect(factsOf("github", "RepositoryEnvironment").facts.inputs.environment).toMatchObject({
    replaces: true,
  });
  expect(factsOf("aws", "iam.Role").facts.inputs.assumeRolePolicy).toEqual({ type: "json", required: true });
  expect(factsOf("sentry", "Key").facts.outputs.dsn).toEqual({
    type: "string{}",
    required: true,
    secret: true,
  });
});

test.each<[string, PackageName, string, JsonObject, RegExp]>([
  [
    "an unknown property",
    "github",
    "Repository",
    { name: "a", hasWikis: true },
    /^hasWikis: Repository has no property "hasWikis"; it has .*hasWiki/,
  ],
  [
    "a missing one",
    "slack",
    "Conversation",
    { name: "a" },
    /^isPrivate is missing: Conversation requires it$/,
  ],
  ["a wrong type", "github", "Repository", { name: 3 }, /^name should be a text and is a number$/],
  [
    "a wrong type within",
    "vercel",
    "ProjectRollingRelease",
    {
      projectId: "p",
      advancementType: "automatic",
      stages: [{ targetPercentage: "5", duration: 1 }, { targetPercentage: 100 }],
    },
    /^stages\[0\]\.targetPercentage should be a number and is a text$/,
  ],
  [
    "a word that is not allowed",
    "pagerduty",
    "Service",
    { name: "s", escalationPolicy: "P", alertCreation: "createIncidents" },
    /^alertCreation is "createIncidents": "create_incidents", "create_alerts_and_incidents" are allowed$/,
  ],
  [
    "an unknown property within",
    "aws",
    "s3.BucketVersioning",
    { bucket: "b", versioningConfiguration: { status: "Enabled", mfa: "x" } },
    /^versioningConfiguration\.mfa: versioningConfiguration has no property/,
  ],
  [
    "a short reference",
    "github",
    "RepositoryRuleset",
    {
      name: "r",
      repository: "a",
      target: "branch",
      enforcement: "active",
      rules: {},
      conditions: { refName: { includes: ["main"], excludes: [] } },
    },
    /includes\[0\] is "main": a full name is needed, refs\/heads/,
  ],
  [
    "seven reviewers",
    "github",
    "RepositoryEnvironment",
    { repository: "a", environment: "p", reviewers: [{ users: [1, 2, 3, 4, 5, 6, 7] }] },
    /six at most/,
  ],
  [
    "claims with the default template",
    "github",
    "ActionsRepositoryOidcSubjectClaimCustomizationTemplate",
    { repository: "a", useDefault: true, includeClaimKeys: ["repo"] },
    /cannot be given when useDefault/,
  ],
  [
    "a last stage below 100",
    "vercel",
    "ProjectRollingRelease",
    { projectId: "p", advancementType: "automatic", stages: [{ targetPercentage: 5 }] },
    /the last stage is 100/,
  ],
  [
    "a sensitive development variable",
    "vercel",
    "ProjectEnvironmentVariable",
    { projectId: "p", key: "K", value: "v", targets: ["development"], sensitive: true },
    /sensitive must be false/,
  ],
  [
    "days and years",
    "aws",
    "s3.BucketObjectLockConfiguration",
    { bucket: "b", rule: { defaultRetention: { days: 1, years: 1 } } },
    /exactly one of days and years/,
  ],
  [
    "a transition after expiry",
    "aws",
    "s3.BucketLifecycleConfiguration",
    {
      bucket: "b",
      rules: [
        {
          id: "r",
          status: "Enabled",
          transitions: [{ days: 400, storageClass: "GLACIER" }],
          expiration: { days: 365 },
        },
      ],
    },
    /must be less than the expiration's 365 days/,
  ],
  [
    "a policy that is none",
    "aws",
    "s3.BucketPolicy",
    { bucket: "b", policy: "{}" },
    /MalformedPolicyDocument/,
  ],
  ["a channel with #", "slack", "Conversation", { name: "#incidents", isPrivate: false }, /no "#"/],
  [
    "a monitor whose name is no slug",
    "sentry",
    "CronMonitor",
    {
      organization: "o",
      project: "p",
      name: "Daily backup",
      checkinMarginMinutes: 1,
      failureIssueThreshold: 1,
      maxRuntimeMinutes: 1,
      recoveryThreshold: 1,
      schedule: { crontab: "0 3 * * *" },
    },
    /so it should be one: "daily-backup"/,
  ],
  [
    "minutes for seconds",
    "sentry",
    "UptimeMonitor",
    {
      organization: "o",
      project: "p",
      environment: "e",
      url: "https://x",
      method: "GET",
      timeoutMs: 1,
      intervalSeconds: 5,
    },
    /^intervalSeconds is 5: 60, 300/,
  ],
])("refuses %s", (_, vendor, kind, inputs, sentence) => {
  const found = problems(vendor, kind, inputs);
  expect(found).toEqual([expect.stringMatching(sentence)]);
});

test("takes unknown values and secrets for what they may be, and never shows a secret", () => {
  expect(
    problems("github", "Repository", { name: unknownValue, topics: unknownValue, visibility: unknownValue }),
  ).toEqual([]);
  const [problem] = problems("github", "ActionsSecret", {
    repository: "a",
    secretName: "X",
    value: asSecret(["hush"]),
  });
  expect(problem).toBe("value should be a text and is a list");
});

const naming = {
  urn: "urn:pulumi:s::p::slack:index/conversation:Conversation::incidents",
  seed: new Uint8Array([1]),
};

test("gives a name where there is none, and keeps it in later updates", () => {
  const { token, facts } = factsOf("slack", "Conversation");
  const first = complete(facts, {}, token, { isPrivate: false }, {}, naming).inputs;
  expect(first.name).toMatch(/^incidents-[0-9a-f]{7}$/);
  expect(first[defaultsKey]).toEqual(["name"]);
  const later = complete(facts, {}, token, { isPrivate: false }, first, {
    ...naming,
    seed: new Uint8Array([2]),
  });
  expect(later.inputs.name).toBe(first.name);
});

test("fills in defaults, turns policies into text and marks nested secrets as the real providers do", () => {
  const service = factsOf("pagerduty", "Service");
  expect(complete(service.facts, {}, service.token, { name: "s" }, {}, naming).inputs.description).toBe(
    "Managed by Pulumi",
  );
  const role = factsOf("aws", "iam.Role");
  const policy = { Version: "2012-10-17", Statement: [] };
  expect(
    complete(role.facts, {}, role.token, { name: "r", assumeRolePolicy: policy }, {}, naming).inputs
      .assumeRolePolicy,
  ).toBe(JSON.stringify(policy));
  const hook = factsOf("github", "RepositoryWebhook");
  const { inputs } = complete(
    hook.facts,
    known.github?.types ?? {},
    hook.token,
    { repository: "a", events: ["push"], configuration: { url: "https://x", secret: "hush" } },
    {},
    naming,
  );
  expect(isSecret((inputs.configuration as JsonObject).secret)).toBe(true);
});

function difference(vendor: PackageName, kind: string, olds: JsonObject, news: JsonObject) {
  const { token, facts } = factsOf(vendor, kind);
  const { changes, replaces, deleteBeforeReplace } = diff(
    vendor,
    facts,
    known[vendor]?.types ?? {},
    token,
    olds,
    news,
  );
  return { changes: [...changes.keys()], replaces, deleteBeforeReplace };
}

test("a change replaces where the facts say so, and deletes first as the bridges do", () => {
  expect(difference("github", "Repository", { name: "a", hasWiki: true }, { name: "a" })).toEqual({
    changes: ["hasWiki"],
    replaces: [],
    deleteBeforeReplace: false,
  });
  expect(
    difference(
      "pagerduty",
      "ServiceIntegration",
      { name: "i", service: "P1", type: "a" },
      { name: "i", service: "P2", type: "a" },
    ),
  ).toEqual({ changes: ["service"], replaces: ["service"], deleteBeforeReplace: true });
  expect(
    difference(
      "vercel",
      "ProjectDomain",
      { projectId: "p", domain: "a" },
      { projectId: "p", domain: unknownValue },
    ),
  ).toEqual({ changes: ["domain"], replaces: ["domain"], deleteBeforeReplace: false });
  expect(
    difference(
      "slack",
      "Conversation",
      { name: "a", [defaultsKey]: [] },
      { name: "a", [defaultsKey]: ["name"] },
    ).changes,
  ).toEqual([]);
});

test.each([
  ["refs/heads/main", "refs/heads/main", true],
  ["~DEFAULT_BRANCH", "refs/heads/main", true],
  ["~ALL", "refs/heads/x", true],
  ["refs/heads/hotfix/*", "refs/heads/hotfix/a", true],
  ["refs/heads/hotfix/*", "refs/heads/hotfix/a/b", false],
  ["refs/heads/hotfix/**/*", "refs/heads/hotfix/a/b", true],
  ["refs/heads/main", "refs/heads/maintenance", false],
])("the pattern %s and %s: %s", (pattern, ref, matches) => {
  expect(refMatches(pattern, ref, "main")).toBe(matches);
});

test("the base plugin becomes the package its parameter names", () => {
  const slackUrl = '{"remote":{"url":"registry.example/pablovarela/slack","version":"1.2.2"}}';
  expect(parameterized(slackUrl, [])).toBe("slack");
  expect(parameterized(undefined, ["jianyuan/sentry", "0.15.4"])).toBe("sentry");
  expect(() => parameterized(undefined, ["acme/other"])).toThrow(
    /does not have acme\/other: only sentry and slack/,
  );
});
