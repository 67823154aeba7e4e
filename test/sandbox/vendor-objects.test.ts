// What `npm run sandbox -- cloud` shows of the vendors' stand-ins.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import type { CloudContent } from "../../sandbox/providers/vendors/cloud.ts";
import { cloudLines, withoutSecrets } from "../../sandbox/vendor-objects.ts";

const cloud: CloudContent = {
  github: {
    Repository: { app: { name: "app", visibility: "private" } },
    ActionsSecret: { "app:TOKEN": { repository: "app", secretName: "TOKEN", value: "planted-1" } },
    RepositoryWebhook: { 7: { repository: "app", configuration: { url: "planted-2", secret: "planted-3" } } },
  },
  vercel: {
    ProjectEnvironmentVariable: { v1: { key: "K", value: "planted-4", targets: ["production", "preview"] } },
  },
  sentry: {
    Key: { k1: { name: "production", dsn: { public: "planted-5" }, dsnPublic: "planted-6" } },
    IntegrationPagerduty: { 9: { service: "app production", integrationKey: "planted-7" } },
  },
  pagerduty: {
    EventOrchestrationIntegration: { e1: { parameters: [{ routingKey: "planted-8" }] } },
    ServiceIntegration: { P1: { name: "releases", integrationKey: "planted-9" } },
  },
};

test("lists kind, name and id by vendor, and how to make drift", () => {
  expect(cloudLines(cloud, "/s/cloud.json")).toEqual([
    "GitHub (3)",
    "  kind               name   id",
    "  ActionsSecret      TOKEN  app:TOKEN",
    "  Repository         app    app",
    "  RepositoryWebhook  app    7",
    "",
    "Vercel (1)",
    "  kind                        name                     id",
    "  ProjectEnvironmentVariable  K (production, preview)  v1",
    "",
    "Sentry (2)",
    "  kind                  name            id",
    "  IntegrationPagerduty  app production  9",
    "  Key                   production      k1",
    "",
    "PagerDuty (2)",
    "  kind                           name      id",
    "  EventOrchestrationIntegration            e1",
    "  ServiceIntegration             releases  P1",
    "",
    "All of it, with every property: /s/cloud.json",
    "Make drift: change a property there, or take an object out, then",
    "  npm run pulumi -- preview -s sandbox-platform --refresh",
    "Properties: npm run sandbox -- cloud --json (secrets are masked; --reveal shows them).",
  ]);
});

test("masks every secret, also those that the vendors' schemas do not mark, and nothing else", () => {
  const masked = withoutSecrets(cloud);
  expect(JSON.stringify(masked)).not.toContain("planted");
  expect(masked.github?.Repository).toEqual(cloud.github?.Repository);
  expect(masked.pagerduty?.ServiceIntegration?.P1).toEqual({ name: "releases", integrationKey: "[secret]" });
});

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cloud-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** The command's own module, on a sandbox of this test. */
async function shown(options: { json: boolean; reveal: boolean }): Promise<string> {
  const module = join(projectRoot, "sandbox/vendor-objects.ts");
  const script = `(await import(${JSON.stringify(module)})).printCloud(${JSON.stringify(root)}, ${JSON.stringify(options)})`;
  const { stdout, stderr } = await runProcess(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
  });
  return stdout + stderr;
}

test("all properties as JSON: masked, and in plain when asked for", async () => {
  writeFileSync(join(root, "cloud.json"), JSON.stringify(cloud));
  const masked = await shown({ json: true, reveal: false });
  expect(masked).not.toContain("planted");
  expect(JSON.parse(masked)).toEqual(withoutSecrets(cloud));
  expect(JSON.parse(await shown({ json: true, reveal: true }))).toEqual(cloud);
  expect(await shown({ json: false, reveal: false })).toContain("ActionsSecret      TOKEN");
});

test("without a file: what makes one", async () => {
  expect(await shown({ json: false, reveal: false })).toMatch(
    /The vendors hold nothing yet: .*npm start makes it/,
  );
});

test("with a file that is no JSON any more: which one", async () => {
  writeFileSync(join(root, "cloud.json"), "{");
  expect(await shown({ json: true, reveal: false })).toMatch(/cloud\.json cannot be read: it is not JSON/);
});
