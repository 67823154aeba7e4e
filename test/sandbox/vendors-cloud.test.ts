import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { asSecret, isSecret, unknownValue, type JsonObject } from "../../sandbox/providers/shared/values.ts";
import { Cloud, type CloudContent } from "../../sandbox/providers/vendors/cloud.ts";
import { kindOfToken, readFacts, type PackageName } from "../../sandbox/providers/vendors/facts.ts";
import { Faults, readFaults, type Fault } from "../../sandbox/providers/vendors/faults.ts";
import { call } from "../../sandbox/providers/vendors/functions.ts";
import { rulesOf } from "../../sandbox/providers/vendors/kinds/index.ts";
import type { Kind } from "../../sandbox/providers/vendors/objects.ts";
import {
  create,
  foresee,
  read,
  remove,
  update,
  type Place,
} from "../../sandbox/providers/vendors/operations.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cloud-"));
  file = join(folder, "cloud.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(vendor: PackageName): Place {
  const account = { owner: "acme", region: "eu-central-1", accountId: "123456789012", appId: 42 };
  return { vendor, cloud: new Cloud(file), account, rules: rulesOf(vendor), types: readFacts(vendor).types };
}

function kind(vendor: PackageName, name: string): Kind {
  const [token, facts] =
    Object.entries(readFacts(vendor).resources).find(([candidate]) => kindOfToken(candidate) === name) ?? [];
  if (token === undefined || !facts) throw new Error(`no ${name}`);
  return { name, token, facts, rules: rulesOf(vendor)[name] ?? {} };
}

const make = (vendor: PackageName, name: string, inputs: JsonObject) =>
  create(place(vendor), kind(vendor, name), inputs);

const content = (): CloudContent => JSON.parse(readFileSync(file, "utf8")) as CloudContent;

test("an object is created, read, changed and deleted; the file is its owner's alone", async () => {
  const github = place("github");
  const repository = kind("github", "Repository");
  const { id, outputs } = await create(github, repository, { name: "app", visibility: "private" });
  expect([id, outputs.fullName]).toEqual(["app", "acme/app"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await update(github, repository, id, outputs, { name: "app", hasWiki: true });
  expect(content().github?.Repository?.app).toMatchObject({ hasWiki: true, visibility: "private" });
  await remove(github, repository, id);
  expect(read(github, repository, id, {}, {})).toBeUndefined();
  await remove(github, repository, id);
});

test("secrets are plain in the file and wrapped for the engine", async () => {
  await make("github", "Repository", { name: "app" });
  const inputs = { repository: "app", secretName: "X", value: asSecret("hush") };
  const { id, outputs } = await make("github", "ActionsSecret", inputs);
  expect(id).toBe("app:X");
  expect(isSecret(outputs.value)).toBe(true);
  expect(content().github?.ActionsSecret?.[id]?.value).toBe("hush");
  await make("sentry", "Team", { name: "T", organization: "o" });
  await make("sentry", "Project", { name: "P", organization: "o", teams: ["t"] });
  const key = await make("sentry", "Key", { name: "k", organization: "o", project: "p" });
  expect(isSecret(key.outputs.dsn)).toBe(true);
  expect(isSecret(key.outputs.dsnPublic)).toBe(false);
});

test("refresh shows what was edited in the file as a change of inputs, and nothing else", async () => {
  const slack = place("slack");
  const conversation = kind("slack", "Conversation");
  const inputs = { name: "incidents", isPrivate: false, topic: "t" };
  const { id, outputs } = await create(slack, conversation, inputs);
  expect(read(slack, conversation, id, outputs, inputs)?.inputs).toMatchObject(inputs);
  const edited = content();
  Object.assign(edited.slack?.Conversation?.[id] ?? {}, { topic: "other", purpose: "new" });
  writeFileSync(file, JSON.stringify(edited));
  expect(read(slack, conversation, id, outputs, inputs)?.inputs).toEqual({
    ...inputs,
    topic: "other",
    purpose: "new",
    __defaults: [],
  });
});

test("an import finds objects by the id that the vendor's provider takes, and by no other", async () => {
  const github = place("github");
  await make("github", "Repository", { name: "app" });
  const { id } = await make("github", "RepositoryRuleset", {
    name: "main",
    repository: "app",
    target: "branch",
    enforcement: "active",
    rules: {},
  });
  const ruleset = kind("github", "RepositoryRuleset");
  expect(read(github, ruleset, `app:${id}`, {}, {})?.id).toBe(id);
  expect(read(github, ruleset, "app:main", {}, {})).toBeUndefined();
  expect(() => read(github, ruleset, id, {}, {})).toThrow(
    `a RepositoryRuleset is not imported by its own id alone: "app:${id}" is what its provider takes`,
  );
  const found = read(github, kind("github", "Repository"), "app", {}, {});
  expect(found?.inputs).toEqual({ name: "app", visibility: "public", __defaults: [] });
});

test("an import does not know what the vendor never shows, and a refresh keeps it", async () => {
  const github = place("github");
  await make("github", "Repository", { name: "app" });
  const secret = kind("github", "ActionsSecret");
  const inputs = { repository: "app", secretName: "X", value: asSecret("hush") };
  const { id, outputs } = await create(github, secret, inputs);
  const imported = read(github, secret, id, {}, {});
  expect(imported?.inputs).toEqual({ repository: "app", secretName: "X", __defaults: [] });
  expect(JSON.stringify(imported)).not.toContain("hush");
  expect(read(github, secret, id, outputs, inputs)?.inputs).toMatchObject(inputs);
});

test("an object does not stand in the way of its own update", async () => {
  const vercel = place("vercel");
  const project = await make("vercel", "Project", { name: "web" });
  const variable = kind("vercel", "ProjectEnvironmentVariable");
  const inputs = { projectId: project.id, key: "K", value: "1", targets: ["production"], sensitive: false };
  const { id, outputs } = await create(vercel, variable, inputs);
  await update(vercel, variable, id, outputs, { ...inputs, value: "2" });
  expect(content().vercel?.ProjectEnvironmentVariable?.[id]?.value).toBe("2");
  await expect(create(vercel, variable, inputs)).rejects.toThrow(/has a variable K for one of these targets/);
});

test("at preview what the vendor makes is unknown and what is given is known", () => {
  const outputs = foresee(place("aws"), kind("aws", "s3.Bucket"), { bucket: "b" });
  expect(outputs).toMatchObject({ bucket: "b", arn: unknownValue });
  expect(outputs).not.toHaveProperty("__defaults");
});

const branchRules = (bypassActors: JsonObject[]): JsonObject => ({
  name: "main",
  repository: "app",
  target: "branch",
  enforcement: "active",
  conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
  rules: { pullRequest: { requiredApprovingReviewCount: 1 } },
  bypassActors,
});
const owners = { repository: "app", file: "CODEOWNERS", content: "* @a", branch: "main" };

test.each<[string, JsonObject[], RegExp | undefined]>([
  [
    "without a bypass",
    [],
    /the ruleset "main" protects main .*add the infrastructure app to its bypassActors/,
  ],
  ["with another app's", [{ actorType: "Integration", actorId: 7, bypassMode: "always" }], /protects main/],
  [
    "with one for pull requests",
    [{ actorType: "Integration", actorId: 42, bypassMode: "pull_request" }],
    /protects main/,
  ],
  ["with the app's own", [{ actorType: "Integration", actorId: 42, bypassMode: "always" }], undefined],
])("a file on a protected branch %s", async (_, actors, sentence) => {
  await make("github", "Repository", { name: "app", autoInit: true });
  await make("github", "RepositoryRuleset", branchRules(actors));
  const made = make("github", "RepositoryFile", owners);
  if (sentence) await expect(made).rejects.toThrow(sentence);
  else expect((await made).id).toBe("app:CODEOWNERS:main");
});

test("vendors refuse what cannot be", async () => {
  await expect(
    make("github", "ActionsVariable", { repository: "gone", variableName: "A", value: "b" }),
  ).rejects.toThrow(
    'GitHub refused to create ActionsVariable: repository is "gone", and there is no such Repository (404 Not Found)',
  );
  await make("github", "Repository", { name: "app", archiveOnDestroy: true });
  await expect(make("github", "Repository", { name: "app" })).rejects.toThrow(
    /exists already \(409 Conflict\); import it with the id app/,
  );
  await expect(make("github", "RepositoryFile", owners)).rejects.toThrow(/is empty: it needs autoInit/);
  await remove(place("github"), kind("github", "Repository"), "app");
  expect(content().github?.Repository?.app?.archived).toBe(true);
  await make("aws", "s3.Bucket", { bucket: "backups" });
  const lock = { bucket: "backups", rule: { defaultRetention: { mode: "GOVERNANCE", days: 1 } } };
  await expect(make("aws", "s3.BucketObjectLockConfiguration", lock)).rejects.toThrow(/must have versioning/);
  await expect(make("sentry", "IssueAlert", {})).rejects.toThrow(/410 Gone/);
});

test("what is in use or protected cannot be deleted; parts go with the whole", async () => {
  const policy = await make("pagerduty", "EscalationPolicy", { name: "ep", rules: [] });
  await make("pagerduty", "Service", { name: "s", escalationPolicy: policy.id });
  await expect(remove(place("pagerduty"), kind("pagerduty", "EscalationPolicy"), policy.id)).rejects.toThrow(
    /Service "s" uses it/,
  );
  await make("github", "Repository", { name: "app" });
  await make("github", "ActionsVariable", { repository: "app", variableName: "A", value: "b" });
  const edited = content();
  Object.assign(edited.github?.Repository?.app ?? {}, { __protected: "an organization's policy forbids it" });
  writeFileSync(file, JSON.stringify(edited));
  const repository = kind("github", "Repository");
  await expect(remove(place("github"), repository, "app")).rejects.toThrow(
    /an organization's policy forbids it/,
  );
  expect(read(place("github"), repository, "app", {}, {})?.outputs).not.toHaveProperty("__protected");
  writeFileSync(
    file,
    JSON.stringify({ ...edited, github: { ...edited.github, Repository: { app: { name: "app" } } } }),
  );
  await remove(place("github"), repository, "app");
  expect(content().github).toEqual({});
});

test("many changes at once, by several clouds on one file, all arrive", async () => {
  const names = Array.from({ length: 30 }, (_, i) => `channel-${i}`);
  await Promise.all(names.map((name) => make("slack", "Conversation", { name, isPrivate: false })));
  const known = Object.values(content().slack?.Conversation ?? {}).map((object) => object.name);
  expect(known.sort()).toEqual(names.sort());
});

test("a broken cloud file is named", async () => {
  writeFileSync(file, "{");
  await expect(make("slack", "Conversation", { name: "a", isPrivate: false })).rejects.toThrow(
    /cloud\.json cannot be read: it is not JSON/,
  );
});

test("functions answer with this cloud's objects, else with the same made-up one each time", async () => {
  const policy = await make("pagerduty", "EscalationPolicy", { name: "ep", rules: [] });
  const ask = (vendor: PackageName, name: string, args: JsonObject): JsonObject => {
    const [token = "", facts] =
      Object.entries(readFacts(vendor).functions).find(([key]) => kindOfToken(key) === name) ?? [];
    if (!facts) throw new Error(name);
    return call(place(vendor), token, facts, args);
  };
  expect(ask("pagerduty", "getEscalationPolicy", { name: "ep" }).id).toBe(policy.id);
  const args = { organization: "o", providerKey: "slack", name: "Acme" };
  expect(ask("sentry", "getOrganizationIntegration", args)).toEqual(
    ask("sentry", "getOrganizationIntegration", args),
  );
  expect(ask("sentry", "getOrganizationIntegration", args).id).toMatch(/^\d+$/);
  expect(ask("aws", "getCallerIdentity", {}).accountId).toBe("123456789012");
});

const faults = (orders: Fault[]): Faults => new Faults(() => JSON.stringify(orders));
const signal = new AbortController().signal;
const creation = { operation: "create" as const, kind: "Repository", name: "app", signal };

test.each<[Fault["fault"], RegExp]>([
  [
    "refuse",
    /^GitHub answered 403 Forbidden to the create of Repository "app": the token in GITHUB_TOKEN may not/,
  ],
  [
    "token-expired",
    /^GitHub answered 401 .* GITHUB_TOKEN has expired .*set GITHUB_TOKEN and run the command again$/,
  ],
  ["quota", /^GitHub answered 429 .*limit/],
  ["server-error", /^GitHub answered 502 .*githubstatus/],
])("the fault %s says vendor, variable or place, and what to do", async (fault, sentence) => {
  await expect(faults([{ fault }]).before("github", creation)).rejects.toThrow(sentence);
});

test("an answer is lost only after the call; a fault begins after some calls and ends after some", async () => {
  const lost = await faults([{ fault: "answer-lost" }]).before("github", creation);
  expect(lost).toThrow(/it may have happened all the same; look there, and import/);
  const some = faults([{ fault: "server-error", after: 1, times: 1 }]);
  (await some.before("github", creation))();
  await expect(some.before("github", creation)).rejects.toThrow(/502/);
  (await some.before("github", creation))();
});

test("a fault strikes its own vendor, operation and kind alone; a hanging call ends when it is cancelled", async () => {
  const orders: Fault[] = [
    { fault: "refuse", vendor: "slack" },
    { fault: "refuse", kind: "Team" },
    { fault: "refuse", operation: "delete" },
  ];
  (await faults(orders).before("github", creation))();
  const cancelled = new AbortController();
  const hanging = faults([{ fault: "hang" }]).before("github", { ...creation, signal: cancelled.signal });
  cancelled.abort();
  await expect(hanging).rejects.toThrow("cancelled");
});

test("an expired token of a vendor that is called at the start fails the configuration", async () => {
  const orders = [{ fault: "token-expired" as const }];
  const start = { operation: "configure" as const, kind: "", name: "", signal };
  await expect(faults(orders).before("sentry", start)).rejects.toThrow(/SENTRY_AUTH_TOKEN/);
  (await faults(orders).before("github", start))();
});

test("orders that cannot be understood are refused", () => {
  expect(() => readFaults('[{"fault":"explode"}]')).toThrow(/there is no fault "explode", only refuse, hang/);
  expect(() => readFaults("[")).toThrow(/should hold a JSON list/);
  expect(readFaults(join(folder, "missing.json"))).toEqual([]);
});
