// The platform stack with the committed production config, on the vendors' stand-ins: what it hides and what it keeps.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { packages } from "../../sandbox/providers/vendors/facts.ts";
import { variableOf } from "../../sandbox/providers/vendors/vendors.ts";
import { cloudFile } from "../../sandbox/vendor-plugins.ts";
import { PlatformStack } from "../support/platform-stack.ts";

let stack: PlatformStack;
/** Everything that the engine printed. */
const printed: string[] = [];
const run = async (...args: string[]) => {
  const outcome = await stack.run(...args);
  printed.push(outcome.output);
  return outcome;
};
const up = ["up", "--yes", "--skip-preview"];
const cloud = (): string => readFileSync(cloudFile(stack.dir), "utf8");

const tokens: (readonly [string, string])[] = packages.map((vendor) => [
  variableOf(vendor),
  `planted-token-${vendor}`,
]);
const secrets = [
  ["secrets.github.staging.PLANTED", "planted-github-staging"],
  ["secrets.github.production.PLANTED", "planted-github-production"],
  ["secrets.vercel.pulse-messages.staging.PLANTED", "planted-vercel-staging"],
  ["secrets.vercel.pulse-messages.production.PLANTED", "planted-vercel-production"],
] as const;

beforeAll(async () => {
  for (const [name, value] of tokens) process.env[name] = value;
  stack = await PlatformStack.create("production", "platform");
  for (const [path, value] of secrets) await stack.setSecret(path, value);
  expect((await run(...up)).code).toBe(0);
}, 120_000);
afterAll(() => {
  for (const [name] of tokens) Reflect.deleteProperty(process.env, name);
  stack.remove();
});

/** Every secret that was planted, and every one that a vendor made. */
function everySecret(): string[] {
  const { pagerduty = {}, sentry = {} } = stack.cloud();
  const made = [
    ...Object.values(pagerduty.ServiceIntegration ?? {}).map(({ integrationKey }) => integrationKey),
    ...Object.values(sentry.Key ?? {}).flatMap(({ dsn, secret }) => [
      (dsn as { public: string }).public,
      secret,
    ]),
  ].map(String);
  expect(made.length).toBeGreaterThanOrEqual(10);
  return [...tokens, ...secrets].map(([, value]) => value).concat(made);
}

test("no secret of the config, of a token or of a vendor is plain in state, config, preview, diff or log", async () => {
  const placed = cloud();
  // They did arrive where they belong.
  for (const [, value] of secrets) expect(placed).toContain(value);
  await run("preview", "--diff", "--show-sames");
  await run("preview", "--json", "--show-sames");
  await run("refresh", "--yes", "--skip-preview", "--diff");
  // A changed secret shows neither its old nor its new value, also where the vendor refuses it.
  await stack.setSecret(secrets[1][0], "planted-github-changed");
  await run("preview", "--diff");
  stack.fail({ vendor: "github", kind: "ActionsEnvironmentSecret", fault: "refuse" });
  expect((await run(...up, "--diff")).code).not.toBe(0);
  stack.fail();
  expect((await run(...up, "--diff", "--show-full-output")).code).toBe(0);
  expect(cloud()).toContain("planted-github-changed");
  for (const command of [["output", "--json"], ["export"], ["history", "--json"]])
    printed.push((await stack.plain("stack", ...command)).output);

  const texts = new Map([
    ...printed.map((text, n) => [`output ${n}`, text] as const),
    ...stack.files(),
    ...["platform", "sandbox-platform"].map((name) => {
      const path = join(projectRoot, "test/golden", `${name}.json`);
      return [path, readFileSync(path, "utf8")] as const;
    }),
  ]);
  for (const secret of [...everySecret(), "planted-github-changed"])
    for (const [where, text] of texts)
      expect([where, secret, text.includes(secret)]).toEqual([where, secret, false]);
}, 120_000);

const protectedKinds = [
  ["github", "Repository"],
  ["github", "RepositoryRuleset"],
  ["aws", "s3.Bucket"],
  ["aws", "s3.BucketObjectLockConfiguration"],
  ["aws", "s3.BucketPolicy"],
  ["aws", "s3.BucketPublicAccessBlock"],
  ["aws", "s3.BucketVersioning"],
  ["aws", "kms.Key"],
  ["vercel", "Project"],
  ["vercel", "ProjectDomain"],
  ["vercel", "FirewallConfig"],
  ["sentry", "Project"],
  ["sentry", "Key"],
  ["pagerduty", "Service"],
  ["pagerduty", "ServiceIntegration"],
  ["slack", "Conversation"],
] as const;

/** What the vendors have of the kinds that must not go, as text. */
function kept(): string {
  const content = stack.cloud();
  return JSON.stringify(
    protectedKinds.map(([vendor, kind]) => {
      const objects = content[vendor]?.[kind] ?? {};
      expect([kind, Object.keys(objects).length > 0]).toEqual([kind, true]);
      return objects;
    }),
  );
}

type Group = Record<string, unknown>;

/** Changes of the config's groups that need another object where there is one, and part of a URN that is refused. */
const replacing: [what: string, vendor: string, change: (group: Group) => void, refused: string][] = [
  ["another region", "aws", (aws) => (aws.region = "eu-west-1"), "pulse-messages-production-backups"],
  ["another bucket", "aws", (aws) => (aws.bucketPrefix = "example-other-backups"), "s3/bucket:Bucket"],
  ["another project at Vercel", "vercel", rename, "vercel:index/"],
  ["another channel", "slack", rename, "channels-incidents"],
  ["no repository that deploys", "github", leaveDeploying, "RepositoryEnvironment"],
  ["another organisation at Sentry", "sentry", (sentry) => (sentry.organization = "other"), "errors-project"],
  ["a channel less", "slack", (slack) => (slack.channels as unknown[]).pop(), "channels-on-call"],
];

function leaveDeploying(github: Group): void {
  for (const repository of github.repositories as Group[]) repository.deploys = false;
}

function rename(vendor: Group): void {
  const [first] = (vendor.projects ?? vendor.channels) as Group[];
  if (first) first.name = "renamed";
}

/** Runs `work` with a changed config, and puts the config back. */
async function withChange(changes: typeof replacing, work: () => Promise<void>): Promise<void> {
  const config = stack.config();
  stack.edit((all) => {
    for (const [, vendor, change] of changes) change(all[vendor] as Group);
    // They are by the project's name.
    delete all.secrets;
  });
  try {
    await work();
  } finally {
    stack.restore(config);
  }
}

test.each(replacing)(
  "%s is refused at preview, and nothing changes",
  async (...change) => {
    const before = cloud();
    await withChange([change], async () => {
      const { code, output } = await run("up", "--yes");
      expect(code).not.toBe(0);
      expect(output).toMatch(/marked for protection|because it is protected/);
      expect(output).toContain(change[3]);
      expect(cloud()).toBe(before);
    });
  },
  60_000,
);

test("another region, bucket and organisation without a preview: what holds data or guards it stays", async () => {
  const guarded = kept();
  const inPlace = replacing.filter(([, vendor]) => vendor === "aws" || vendor === "sentry");
  await withChange(inPlace, async () => {
    expect((await run(...up)).code).not.toBe(0);
  });
  expect(kept()).toBe(guarded);
  // The old config mends the rest.
  expect((await run(...up)).code).toBe(0);
  expect(kept()).toBe(guarded);
}, 120_000);

test("destroy is refused at preview; without a preview, what holds data or guards it stays", async () => {
  const before = cloud();
  const refused = await run("destroy", "--yes");
  expect([refused.code === 0, cloud() === before]).toEqual([false, true]);
  const guarded = kept();
  const { code, output } = await run("destroy", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toMatch(
    /pulse-messages-production-backups-lock" cannot be deleted\s+because it is protected/,
  );
  expect(kept()).toBe(guarded);
  // What went can be made again.
  expect((await run(...up)).code).toBe(0);
  expect((await run("preview", "--expect-no-changes")).code).toBe(0);
}, 120_000);
