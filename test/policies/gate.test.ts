import { describe, expect, test } from "@jest/globals";
import { overrideMistakes } from "../../infra/domain/override.ts";
import { looksRandom, tokenKind } from "../../infra/domain/secretValue.ts";
import { changeFindings } from "../../policies/gate/changes.ts";
import type { Finding } from "../../policies/gate/finding.ts";
import { applyOverrides, overridesOf, policyFindings, ruleNames, stops } from "../../policies/gate/gate.ts";
import { levelsFor, packConfig } from "../../policies/gate/levels.ts";
import { reportOf } from "../../policies/gate/report.ts";
import { plainSecrets } from "../../policies/gate/secrets.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const urn = (type: string, name: string): string =>
  `urn:pulumi:production::pulse-infra::pulse:aws:X$${type}::${name}`;
const bucket = urn("aws:s3/bucket:Bucket", "vault");

describe("deletions and replacements", () => {
  test.each([
    ["delete", "deleted"],
    ["replace", "replaced"],
    ["create-replacement", "replaced"],
    ["delete-replaced", "replaced"],
    ["import-replacement", "replaced"],
  ])("%s of what holds data is found", (op, verb) => {
    expect(changeFindings([{ op, urn: bucket }]).map(({ problem }) => problem)).toEqual([
      `Bucket vault would be ${verb}, which loses the backups in it.`,
    ]);
  });

  test.each(["same", "create", "update", "read", "refresh", "import"])("%s is not", (op) => {
    expect(changeFindings([{ op, urn: bucket, oldState: { urn: bucket, protect: true } }])).toEqual([]);
  });

  test("what is protected is found whatever it is, what is not and holds nothing is not; each once", () => {
    const budget = urn("kubernetes:policy/v1:PodDisruptionBudget", "green");
    const service = urn("kubernetes:core/v1:Service", "green");
    const steps = [
      { op: "delete", urn: budget, oldState: { urn: budget } },
      { op: "create-replacement", urn: service, oldState: { urn: service, protect: true } },
      { op: "replace", urn: service, oldState: { urn: service, protect: true } },
    ];
    expect(changeFindings(steps).map(({ problem }) => problem)).toEqual([
      "Service green would be replaced, and is protected.",
    ]);
  });
});

const made = "aB3dE5fG7hJ9kL2mN4pQ6rS8";
const secrets: [string, unknown, string][] = [
  ["a GitHub token", { data: { ci: `ghp_${made}${made}` } }, "data.ci"],
  ["an AWS access key id", { env: ["x", "AKIAIOSFODNN7EXAMPLE"] }, "env[1]"],
  ["a Slack token", { url: "xoxb-123456789012-abcdefghij" }, "url"],
  ["a Slack webhook", { url: "https://hooks.slack.com/services/T000/B000/abcdef" }, "url"],
  ["a Sentry token", { a: `sntrys_${made}` }, "a"],
  ["a Sentry DSN", { a: `https://${"0a".repeat(16)}@o1.ingest.example.com/42` }, "a"],
  ["a private key", { tls: "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----" }, "tls"],
  ["a private key", { tls: Buffer.from("-----BEGIN PRIVATE KEY-----\nMHc=\n").toString("base64") }, "tls"],
  ["a password in an address", { a: "postgres://app:correcthorse@db.example.com/app" }, "a"],
  ["a signed web token", { a: `eyJhbGciOiJI.eyJzdWIiOiIx.${made}` }, "a"],
  ["a GitHub token", { policy: JSON.stringify({ deep: [`ghp_${made}${made}`] }) }, "policy"],
  ["a value with the name of a secret", { dbPassword: "correct-horse-7" }, "dbPassword"],
  [
    "a value with the name of a secret",
    { integrationKey: "0123456789abcdef0123456789abcdef" },
    "integrationKey",
  ],
  ["a text that looks drawn by lot", { settings: { value: made } }, "settings.value"],
  ["a text that looks drawn by lot", { args: [`--key=${made}`] }, "args[0]"],
];
test.each(secrets)("%s is found in %j", (kind, value, path) => {
  expect(plainSecrets(value)).toEqual([{ path, kind }]);
});

const secretMark = "4dabf18193072939515e22adb298388d";
test.each<[string, unknown]>([
  ["what is encrypted", { token: { [secretMark]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: made } }],
  ["what a preview hides", { token: "[secret]", password: "[unknown]" }],
  ["digests", { image: `ghcr.io/example/app@sha256:${"a1b2c3d4".repeat(8)}` }],
  ["checksums", { contentSha256: made, etag: `W/"${made}"`, value: "d41d8cd98f00b204e9800998ecf8427e" }],
  ["ARNs", { role: "arn:aws:iam::123456789012:role/Pulse7Messages9Production2Deploy4Role" }],
  ["ids", { projectId: `prj_${made}`, id: made, nodeIds: [made], uid: made }],
  ["UUIDs", { value: "2f1c0a5e-6a4b-4a52-9d53-0f4d7d0f2b11" }],
  ["certificates", { ca: `-----BEGIN CERTIFICATE-----\nMIIB${made}${made}\n-----END CERTIFICATE-----` }],
  [
    "certificates in base64",
    { ca: Buffer.from(`-----BEGIN CERTIFICATE-----\nMIIB${made}`).toString("base64") },
  ],
  ["public keys", { value: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${made}` }],
  ["addresses", { value: `https://example.com/a/${made}` }],
  [
    "names of secrets",
    { secretName: "pulse-tls", tokenUrl: "https://example.com/token", key: "database-password" },
  ],
  ["switches", { automountServiceAccountToken: false, token: "" }],
  [
    "names in capitals and small",
    { type: "kubernetes:apps/v1:Deployment", kind: "HorizontalPodAutoscaler2Beta2" },
  ],
  ["sentences", { description: "Deploys version 1.4.2 of PulseMessages to the cluster in 30 s" }],
  ["versions", { value: "v1.34.4-rc.1+build20260301" }],
])("%s are no secrets", (_what, value) => {
  expect(plainSecrets(value)).toEqual([]);
});

test("what looks drawn by lot is neither a word nor a number", () => {
  expect([made, "helloWorldThisIsCamelCase", "1234567890123456789012", "short1A"].map(looksRandom)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(tokenKind("nothing of the kind")).toBeUndefined();
});

describe("overrides", () => {
  const override = { resource: "vault", who: "oncall-1", why: "it is empty", until: "2026-03-01" };
  const finding: Finding = {
    rule: "stateful-change",
    level: "mandatory",
    resource: "vault",
    urn: bucket,
    problem: "Bucket vault would be deleted.",
    why: "",
    fix: "",
    link: "",
  };
  const levelsWith = (...overrides: object[]): string[] =>
    applyOverrides([finding], overridesOf({ "pulse-infra:overrides": overrides }, now), now).findings.map(
      ({ level }) => level,
    );

  test.each<[string, object, string]>([
    ["the resource's name", {}, "overridden"],
    ["its URN", { resource: bucket }, "overridden"],
    ["the rule", { rule: "stateful-change", resource: undefined }, "overridden"],
    ["another resource", { resource: "other" }, "mandatory"],
    ["another rule", { rule: "aws-s3-lock" }, "mandatory"],
    ["yesterday", { until: "2026-02-28" }, "mandatory"],
  ])("by %s", (_what, change, level) => {
    expect(levelsWith({ ...override, ...change })).toEqual([level]);
  });

  test.each<[unknown, string[]]>([
    ["none", ["overrides is not a list"]],
    [[1], ["overrides[0] is not a group"]],
    [[{}], ["who is missing", "why is missing", "resource is missing", "until is missing"]],
    [[{ ...override, until: "2026-02-30" }], ['until is "2026-02-30"']],
    [[{ ...override, until: "2027-01-01" }], ["until is 2027-01-01, too far away"]],
    [[{ ...override, rule: "aws-s3-locks" }], ['rule is "aws-s3-locks"']],
    [[{ ...override, resource: 7 }], ["resource is 7"]],
    [[{ ...override, untill: "2026-03-02" }], ["untill is not a known key"]],
    [[override], []],
  ])("%j is %j", (value, problems) => {
    const found = overrideMistakes(value, ruleNames, now).map(({ path, problem }) => `${path} ${problem}`);
    expect(found).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(found[index]).toContain(problem);
  });

  test("one that is over stops, and says so; one about nothing says that", () => {
    const given = [
      { ...override, until: "2026-02-28" },
      { ...override, resource: "other" },
    ];
    const { findings, overrides } = applyOverrides(
      [],
      overridesOf({ "pulse-infra:overrides": given }, now),
      now,
    );
    const changes = { create: 1, update: 2, replace: 0, delete: 0, same: 3 };
    const result = { stack: "production", policies: findings, gates: [], overrides, changes };
    expect(stops(result)).toBe(true);
    expect(reportOf(result)).toBe(
      [
        "Gate of the stack production",
        "  1 to create, 2 to update, 0 to replace, 0 to delete, 3 as they are",
        "",
        "Overrides",
        "  vault: oncall-1, until 2026-02-28, is over and does not count; remove it, or renew it with a new day",
        "  other: oncall-1, until 2026-03-01, is about nothing that was found; remove it",
        "",
        "0 to mend, 0 overridden, 0 advised, 0 not yet known, 1 overrides over",
      ].join("\n"),
    );
  });

  test("the report names what somebody answers for, and does not stop", () => {
    const { findings, overrides } = applyOverrides([finding], [override], now);
    const changes = { create: 0, update: 0, replace: 0, delete: 1, same: 3 };
    const result = { stack: "production", policies: [], gates: findings, overrides, changes };
    expect(stops(result)).toBe(false);
    expect(reportOf(result)).toContain("    Override: oncall-1, until 2026-03-01: it is empty");
  });
});

test("the engine's events become findings in words of the rules", () => {
  const event = {
    resourceUrn: bucket,
    policyName: "aws-s3-force-destroy",
    enforcementLevel: "mandatory",
    message:
      "Buckets are not emptied so that they can be deleted\nBucket vault sets forceDestroy.\nWhy: x\nFix: y\n",
  };
  const unknown = {
    ...event,
    enforcementLevel: "advisory",
    message: "can't run policy 'a' from policy pack 'b' during preview: not yet known: bucket\n",
  };
  const [found, later, ...others] = policyFindings([
    event,
    event,
    unknown,
    { ...event, policyName: "of another pack" },
  ]);
  expect(found).toMatchObject({
    level: "mandatory",
    resource: "vault",
    problem: "Bucket vault sets forceDestroy.",
  });
  expect(later).toMatchObject({ level: "unknown", problem: "not yet known: bucket" });
  expect(others).toEqual([]);
});

test("a stack's config says how strict the policies are", () => {
  expect(levelsFor({ "pulse-infra:kind": "platform" })).toBe("platform");
  expect(levelsFor({ "pulse-infra:kind": "environment", "pulse-infra:environment": "staging" })).toBe(
    "staging",
  );
  expect(() => levelsFor({})).toThrow("it is no stack of this program");
  const github = { "pulse-infra:github": { infrastructureAppId: 7 } };
  expect(packConfig({ "github-bypass": "advisory" }, github)).toEqual({
    "github-bypass": { enforcementLevel: "advisory", appId: 7 },
  });
});
