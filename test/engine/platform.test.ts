// The real platform stack on the vendors' stand-ins, and the environment stack that reads its outputs.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import {
  initStack,
  PulumiCli,
  pulumiEnvironment,
  sandboxConfigFile,
  sandboxPlatformStack,
} from "../../sandbox/pulumi.ts";
import type { CloudContent } from "../../sandbox/providers/vendors/cloud.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { cloudFile, faultsFile } from "../../sandbox/vendor-plugins.ts";
import { EnvironmentStack, type Outcome } from "../support/environment-stack.ts";
import { testCluster } from "../support/test-cluster.ts";

let environment: EnvironmentStack;
let platform: (...args: string[]) => Promise<Outcome>;

beforeAll(async () => {
  const { kubeconfig } = testCluster();
  environment = await EnvironmentStack.create("platform", kubeconfig, (config) => {
    config["pulse-infra:platformStack"] = `organization/pulse-infra/${sandboxPlatformStack}`;
  });
  const { dir } = environment;
  const { pulumi } = await ensureTools(["pulumi"], () => undefined);
  const stack = sandboxPlatformStack;
  const env = pulumiEnvironment({ dir, kubeconfig, tools: { pulumi }, stack });
  await initStack({ dir, pulumi, env, stack });
  const cli = new PulumiCli({ pulumi, env });
  platform = async (...args) => {
    const full = [...args, "--config-file", sandboxConfigFile(dir, stack)];
    const { code, stdout, stderr } = await cli.run(full, { allowFailure: true });
    return { code, output: stdout + stderr };
  };
}, 60_000);
afterAll(() => environment.destroy(), 120_000);

const up = ["up", "--yes", "--skip-preview"];

test("without the platform stack the environment says what to apply first", async () => {
  const { code, output } = await environment.up();
  expect(code).not.toBe(0);
  expect(output).toContain(
    "has no output sentryDsn for production. Apply it first (pulumi up -s sandbox-platform)",
  );
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}, 60_000);

test("is applied whole, and preview and refresh find nothing to do after that", async () => {
  for (const args of [
    up,
    ["preview", "--expect-no-changes"],
    ["refresh", "--yes", "--skip-preview", "--expect-no-changes"],
  ])
    expect([args[0], await platform(...args)]).toEqual([args[0], expect.objectContaining({ code: 0 })]);
}, 120_000);

interface Container {
  env: { name: string; value?: string }[];
}

test("an environment takes the Sentry DSN over from it, and keeps it secret", async () => {
  const output = await environment.mustUp();
  const live = await environment.api.get(
    "apps/v1",
    "Deployment",
    environment.namespace,
    `${environment.app}-blue`,
  );
  const { containers } = (live.spec as { template: { spec: { containers: Container[] } } }).template.spec;
  const dsn = containers[0]?.env.find(({ name }) => name === "SENTRY_DSN")?.value ?? "";
  expect(dsn).toMatch(/^https:\/\//);
  expect(readFileSync(cloudFile(environment.dir), "utf8")).toContain(dsn);
  expect(output).not.toContain(dsn);
  const { output: state } = await environment.export();
  expect(state).not.toContain(dsn);
}, 120_000);

test("a vendor's expired token stops the platform stack in a sentence, and the environment still switches", async () => {
  const faults = [{ vendor: "sentry", operation: "configure", fault: "token-expired" }];
  writeFileSync(faultsFile(environment.dir), JSON.stringify(faults));
  const { code, output } = await platform(...up);
  expect(code).not.toBe(0);
  expect(output).toMatch(
    /the token in SENTRY_AUTH_TOKEN has expired .*set SENTRY_AUTH_TOKEN and run the command again/,
  );

  await environment.set("activeColor", "green");
  await environment.mustUp();
  expect(await environment.weights()).toEqual({ blue: 0, green: 100 });
  writeFileSync(faultsFile(environment.dir), "[]");
}, 120_000);

test.each([
  ["sentry", "getOrganizationIntegration", "SENTRY_AUTH_TOKEN"],
  ["sentry", "getProjectErrorMonitor", "SENTRY_AUTH_TOKEN"],
  ["pagerduty", "getUser", "PAGERDUTY_TOKEN"],
] as const)(
  "a token of %s that expires before %s: one sentence, no stack trace",
  async (vendor, kind, variable) => {
    const faults = [{ vendor, kind, operation: "invoke", fault: "token-expired" }];
    writeFileSync(faultsFile(environment.dir), JSON.stringify(faults));
    const { code, output } = await platform("preview");
    writeFileSync(faultsFile(environment.dir), "[]");
    expect(code).not.toBe(0);
    const errors = output.split("\n").filter((line) => /^ +error: /.test(line));
    expect(errors).toEqual([
      expect.stringMatching(
        new RegExp(
          `could not be asked: .* 401 .*set ${variable} and run the command again \\(check the token in`,
        ),
      ),
    ]);
    expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(output).not.toMatch(/unhandled exception|serializing property/);
  },
  60_000,
);

test("drift at a vendor is found by refresh and mended by the next update", async () => {
  const cloud = JSON.parse(readFileSync(cloudFile(environment.dir), "utf8")) as CloudContent;
  const channels = Object.values(cloud.slack?.Conversation ?? {});
  for (const channel of channels) channel.topic = "changed by hand";
  writeFileSync(cloudFile(environment.dir), JSON.stringify(cloud));
  const refresh = await platform("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  expect(refresh.code).not.toBe(0);
  expect((await platform(...up)).output).toMatch(new RegExp(`${channels.length} updated`));
  expect(readFileSync(cloudFile(environment.dir), "utf8")).not.toContain("changed by hand");
}, 120_000);

test("is destroyed whole where protection is off", async () => {
  expect((await platform("destroy", "--yes", "--skip-preview")).code).toBe(0);
}, 60_000);
