// Everything that vendors hold already is adopted by the ids that docs/platform.md gives, and nothing is made again.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { cloudFile } from "../../sandbox/vendor-plugins.ts";
import { PlatformStack, type StateResource } from "../support/platform-stack.ts";

let stack: PlatformStack;
beforeAll(async () => {
  stack = await PlatformStack.create("adopt");
}, 60_000);
afterAll(() => stack.remove());

const page = readFileSync(join(projectRoot, "docs/platform.md"), "utf8");
/** Ids as the docs write them, by vendor and kind: `{repository}:{id}`. */
const written = new Map(
  [...page.matchAll(/^\| `(\w+:\w+)` +\| `([^`]+)`/gm)].map(([, kind = "", id = ""]) => [kind, id]),
);
const keysInPlain = ["pagerduty:ServiceIntegration", "sentry:IntegrationPagerduty"];

const kindOf = ({ type }: StateResource): string =>
  `${type.split(":")[0] ?? ""}:${type.split(":").at(-1) ?? ""}`;
const nameOf = ({ urn }: StateResource): string => urn.split("::").at(-1) ?? "";
const isVendors = ({ custom, type }: StateResource): boolean => custom && !type.startsWith("pulumi:");

/** The id under which the docs tell people to adopt a resource. */
function idOf(resource: StateResource): string {
  const { id, inputs, outputs } = resource;
  const form = written.get(kindOf(resource));
  if (form === undefined) throw new Error(`docs/platform.md does not say how to adopt a ${kindOf(resource)}`);
  return form.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = key === "id" ? id : (outputs?.[key] ?? inputs?.[key]);
    if (typeof value !== "string") throw new Error(`a ${kindOf(resource)} has no text ${key}`);
    return value;
  });
}

test("every object is imported, none is made or replaced, and then there is nothing to do", async () => {
  await stack.mustUp();
  const all = (await stack.resources()).filter(isVendors);
  const adopted = all.filter((resource) => !keysInPlain.includes(kindOf(resource)));
  const ids = Object.fromEntries(adopted.map((resource) => [nameOf(resource), idOf(resource)]));
  expect(adopted.length).toBeGreaterThan(90);
  expect(new Set(adopted.map(kindOf))).toEqual(new Set(written.keys()));

  // Keys that an import would show are gone at the vendors, as when nobody had made them yet.
  const cloud = stack.cloud();
  delete cloud.pagerduty?.ServiceIntegration;
  delete cloud.sentry?.IntegrationPagerduty;
  stack.writeCloud(cloud);
  await stack.forget();
  stack.edit((config) => (config.import = ids));

  const steps = (await stack.preview()).filter(({ urn }) => !/::(pulse|pulumi):[^$]*$/.test(urn));
  const having = (op: string): string[] =>
    steps.filter((step) => step.op === op).map(({ urn }) => urn.split("::").at(-1) ?? "");
  expect(having("import").sort()).toEqual(Object.keys(ids).sort());
  expect(having("create").sort()).toEqual(
    all
      .filter((resource) => !adopted.includes(resource))
      .map(nameOf)
      .sort(),
  );
  expect(having("replace")).toEqual([]);
  // Only what a vendor never shows, or what a new key changes, is written anew.
  const rewritten = new Set(having("update").map((name) => kindOf(byName(all, name))));
  expect([...rewritten].sort()).toEqual([
    "aws:Key",
    "github:ActionsEnvironmentSecret",
    "github:Repository",
    "sentry:Alert",
    "sentry:Project",
    "slack:Conversation",
    "vercel:ProjectEnvironmentVariable",
  ]);

  const output = await stack.mustUp();
  expect(output).toMatch(new RegExp(`= ${adopted.length} imported`));
  expect((await stack.run("preview", "--expect-no-changes")).code).toBe(0);
  // The entries have done their work.
  stack.edit((config) => delete config.import);
  expect((await stack.run("preview", "--expect-no-changes")).code).toBe(0);
}, 180_000);

test("an adopted stack's files hold no key in plain", () => {
  const { pagerduty = {}, sentry = {} } = stack.cloud();
  const secrets = [
    ...Object.values(pagerduty.ServiceIntegration ?? {}).map(({ integrationKey }) => integrationKey),
    ...Object.values(sentry.Key ?? {}).map(({ dsn }) => (dsn as { public: string }).public),
  ] as string[];
  expect(secrets.length).toBeGreaterThanOrEqual(8);
  for (const [path, text] of stack.files())
    for (const secret of secrets) expect([path, text.includes(secret)]).toEqual([path, false]);
});

test("a mistaken name or id ends the run before a vendor is touched", async () => {
  await stack.forget();
  const before = readFileSync(cloudFile(stack.dir), "utf8");
  stack.edit((config) => (config.import = { "pulse-messages-repositry": "pulse-messages" }));
  const mistyped = await stack.up();
  expect(mistyped.code).not.toBe(0);
  expect(mistyped.output).toContain("did you mean pulse-messages-repository?");
  expect(mistyped.output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(readFileSync(cloudFile(stack.dir), "utf8")).toBe(before);

  stack.edit((config) => (config.import = { "pulse-messages-rules-main": "pulse-messages" }));
  const { code, output } = await stack.run("preview");
  expect(code).not.toBe(0);
  expect(output).toContain("resource 'pulse-messages' does not exist");
  expect(readFileSync(cloudFile(stack.dir), "utf8")).toBe(before);
}, 60_000);

function byName(all: readonly StateResource[], name: string): StateResource {
  const found = all.find((resource) => nameOf(resource) === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}
