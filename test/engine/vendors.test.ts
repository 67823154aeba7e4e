// The vendors' stand-ins under the real engine, each plugin with the SDK that asks for it.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CloudContent } from "../../sandbox/providers/vendors/cloud.ts";
import { buildSdks } from "../../sandbox/sdks.ts";
import { cloudFile, faultsFile } from "../../sandbox/vendor-plugins.ts";
import { scratchProject, type ScratchProject } from "../support/scratch-project.ts";

const imports = `
import * as aws from "@pulumi/aws";
import * as github from "@pulumi/github";
import * as vercel from "@pulumiverse/vercel";
import * as pagerduty from "@pulumi/pagerduty";
import * as sentry from "@pulumi/sentry";
import * as slack from "@pulumi/slack";
`;
const body = `
const repo = new github.Repository("app", { name: "pulse-messages", autoInit: true });
new github.ActionsSecret("secret", { repository: repo.name, secretName: "TOKEN", value: "planted-github" });
const web = new vercel.Project("web", { name: "web", framework: "vite" });
new vercel.ProjectEnvironmentVariables("variables", {
  projectId: web.id,
  variables: [{ key: "K", value: "planted-vercel", targets: ["production"], sensitive: true }],
});
const bucket = new aws.s3.Bucket("backups", { bucket: "pulse-backups" });
const team = new sentry.Team("team", { organization: "acme", name: "pulse" });
const project = new sentry.Project("errors", { organization: "acme", name: "app", teams: [team.slug] });
const key = new sentry.Key("key", { organization: "acme", project: project.slug, name: "default" });
const policy = new pagerduty.EscalationPolicy("policy", {
  name: "default",
  rules: [{ escalationDelayInMinutes: 10, targets: [{ type: "user_reference", id: "PUSER01" }] }],
});
const service = new pagerduty.Service("service", { name: "production", escalationPolicy: policy.id });
const events = new pagerduty.ServiceIntegration("events", {
  name: "events",
  service: service.id,
  type: "events_api_v2_inbound_integration",
}, { additionalSecretOutputs: ["integrationKey"] });
const channel = new slack.Conversation("incidents", { name: "incidents", isPrivate: false, topic: "first" });
export const arn = bucket.arn;
export const dsn = key.dsn;
export const integrationKey = events.integrationKey;
`;

let project: ScratchProject;
const write = (program: string): void =>
  writeFileSync(join(project.dir, "index.ts"), project.header + imports + program);
const cloud = (): CloudContent => JSON.parse(readFileSync(cloudFile(project.dir), "utf8")) as CloudContent;

beforeAll(async () => {
  await buildSdks(() => undefined);
  project = await scratchProject("vendors", imports + body);
}, 120_000);
afterAll(() => project.remove(), 60_000);

test("six vendors are applied, and preview and refresh find nothing to do after that", async () => {
  const { code, output } = await project.up();
  expect([code, output]).toEqual([0, expect.stringContaining("created")]);
  for (const args of [["preview"], ["refresh", "--yes", "--skip-preview"], ["preview"]])
    expect((await project.run(...args, "--expect-no-changes")).output).toMatch(/\d+ unchanged/);
}, 120_000);

test("planted secrets and keys that vendors make are in no file of the engine and in no output", async () => {
  const { output } = await project.run("preview", "--diff", "--json", "--show-sames");
  const integration = Object.values(cloud().pagerduty?.ServiceIntegration ?? {})[0]?.integrationKey;
  const [key] = Object.values(cloud().sentry?.Key ?? {});
  const files = globSync(join(project.dir, "backend/.pulumi/{stacks,history}/**/*.json"));
  expect(files.length).toBeGreaterThan(0);
  const texts = [output, ...files.map((file) => readFileSync(file, "utf8"))];
  for (const secret of ["planted-github", "planted-vercel", integration, key?.secret]) {
    expect(typeof secret).toBe("string");
    expect(texts.filter((text) => text.includes(secret as string))).toEqual([]);
  }
}, 60_000);

test("wrong inputs are told at preview, all of them, with their paths", async () => {
  write(`new vercel.ProjectRollingRelease("r", {
    projectId: "p", advancementType: "automatik", stages: [{ targetPercentage: "5", speed: 1 }] } as never);`);
  const { code, output } = await project.run("preview");
  expect(code).not.toBe(0);
  expect(output).toContain('advancementType is "automatik": "automatic", "manual-approval" are allowed');
  expect(output).toContain("stages[0].targetPercentage should be a number and is a text");
  expect(output).toContain('stages[0].speed: stages[0] has no property "speed"');
  write(body);
}, 60_000);

test("an expired token: vendor, variable and what to do; the next update goes on", async () => {
  writeFileSync(faultsFile(project.dir), JSON.stringify([{ vendor: "slack", fault: "token-expired" }]));
  write(body.replace('"first"', '"second"'));
  const { code, output } = await project.up();
  expect(code).not.toBe(0);
  expect(output).toMatch(
    /Slack answered 401 .* SLACK_TOKEN has expired .*set SLACK_TOKEN and run the command again/,
  );
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  writeFileSync(faultsFile(project.dir), "[]");
  expect((await project.up()).output).toMatch(/1 updated/);
}, 60_000);

test("an object that exists already is refused, and adopted by an import without a change", async () => {
  const known = cloud();
  const made = { name: "deployments", isPrivate: false, topic: "by hand" };
  (known.slack ??= {}).Conversation = { ...known.slack.Conversation, C0EXISTING: made };
  writeFileSync(cloudFile(project.dir), JSON.stringify(known));
  const channel = (options: string): string =>
    `${body.replace('"first"', '"second"')}
     new slack.Conversation("deployments", ${JSON.stringify(made)}, ${options});`;
  write(channel("{}"));
  expect((await project.up()).output).toMatch(/exists already .*import it with the id C0EXISTING/);
  write(channel('{ import: "C0EXISTING" }'));
  expect((await project.up()).output).toMatch(/1 imported/);
  write(channel("{}"));
  expect((await project.run("preview", "--expect-no-changes")).code).toBe(0);
}, 120_000);
