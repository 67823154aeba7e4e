// The policies and the gates on the real engine: what they find, what they leave to the update, what they let pass.
import { dumpYaml, loadYaml } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding, GateResult } from "../../policies/gate/finding.ts";
import { runGate } from "../../policies/gate/gate.ts";
import { Engine } from "../../policies/gate/preview.ts";
import { policies } from "../../sandbox/paths.ts";
import {
  initStack,
  PulumiCli,
  pulumiEnvironment,
  sandboxConfigFile,
  sandboxPlatformStack,
  sandboxStack,
} from "../../sandbox/pulumi.ts";
import { buildSdks } from "../../sandbox/sdks.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { EnvironmentStack } from "../support/environment-stack.ts";
import { scratchProject, type ScratchProject } from "../support/scratch-project.ts";
import { testCluster } from "../support/test-cluster.ts";

const levels = "sandbox";
const withPolicies = ["--policy-pack", policies.pack, "--policy-pack-config", policies.levels];
const now = Date.parse("2026-03-01T12:00:00Z");

async function environmentOf(dir: string, stack: string): Promise<NodeJS.ProcessEnv> {
  const { pulumi } = await ensureTools(["pulumi"], () => undefined);
  return pulumiEnvironment({ dir, kubeconfig: testCluster().kubeconfig, tools: { pulumi }, stack });
}

const of = (findings: readonly Finding[], level: Finding["level"]): string[] =>
  findings.filter((finding) => finding.level === level).map(({ problem }) => problem);

describe("the stacks of this program", () => {
  let environment: EnvironmentStack;
  beforeAll(async () => {
    await buildSdks(() => undefined);
    environment = await EnvironmentStack.create("policies", testCluster().kubeconfig);
    const env = await environmentOf(environment.dir, sandboxPlatformStack);
    const pulumi = (await ensureTools(["pulumi"], () => undefined)).pulumi;
    await initStack({ dir: environment.dir, pulumi, env, stack: sandboxPlatformStack });
  }, 120_000);
  afterAll(() => environment.destroy(), 120_000);

  const gate = async (stack: string): Promise<GateResult> => {
    const { dir } = environment;
    const env = await environmentOf(dir, stack);
    const engine = new Engine(stack, { configFile: sandboxConfigFile(dir, stack), env });
    return runGate(engine, { stack, levels, now });
  };

  test.each([
    [sandboxStack, 0],
    [sandboxPlatformStack, 1],
  ])(
    "%s keeps every rule before it is there, and what nobody knows yet is said, not guessed",
    async (stack, leastUnknown) => {
      const { policies: found, gates, changes } = await gate(stack);
      expect(of([...found, ...gates], "mandatory")).toEqual([]);
      expect(of(found, "unknown").length).toBeGreaterThanOrEqual(leastUnknown);
      for (const problem of of(found, "unknown"))
        expect(problem).toMatch(/^not yet known: [\w.,[\] ]+\. The update/);
      expect(changes.create).toBeGreaterThan(10);
    },
    60_000,
  );

  test.each([sandboxStack, sandboxPlatformStack])(
    "%s keeps every rule when it is there, and shows no secret",
    async (stack) => {
      const { pulumi } = await ensureTools(["pulumi"], () => undefined);
      const cli = new PulumiCli({ pulumi, env: await environmentOf(environment.dir, stack) });
      const config = ["--config-file", sandboxConfigFile(environment.dir, stack)];
      await cli.run(["up", "--yes", "--skip-preview", ...config, ...withPolicies]);
      const { policies: found, gates } = await gate(stack);
      expect(of([...found, ...gates], "mandatory")).toEqual([]);
      expect(of(found, "unknown")).toEqual([]);
    },
    120_000,
  );
});

const imports = `import * as aws from "@pulumi/aws";\nimport * as github from "@pulumi/github";\n`;

describe("a program of somebody else's", () => {
  let project: ScratchProject;
  beforeAll(async () => {
    project = await scratchProject("gate", "");
  }, 60_000);
  afterAll(() => project.remove(), 60_000);

  const write = (program: string): void =>
    writeFileSync(join(project.dir, "index.ts"), project.header + imports + program);
  const gate = async (): Promise<GateResult> => {
    const env = await environmentOf(project.dir, project.stack);
    return runGate(new Engine(project.stack, { env, project: project.dir }), {
      stack: project.stack,
      levels,
      now,
    });
  };
  const setOverrides = (overrides: unknown): void => {
    const file = join(project.dir, `Pulumi.${project.stack}.yaml`);
    const content = loadYaml<{ config?: Record<string, unknown> }>(readFileSync(file, "utf8"));
    writeFileSync(
      file,
      dumpYaml({ ...content, config: { ...content.config, "pulse-infra:overrides": overrides } }),
    );
  };

  test.each<[string, string, string]>([
    [
      "kubernetes-gateway-only",
      `new k8s.core.v1.Service("open", { metadata: { namespace: "default", name: "open", labels: { "app.kubernetes.io/managed-by": "t" } }, spec: { type: "NodePort", selector: { a: "b" }, ports: [{ port: 80 }] } });`,
      'Service open has the type "NodePort".',
    ],
    [
      "aws-s3-force-destroy",
      `new aws.s3.Bucket("b", { bucket: "pulse-broken", forceDestroy: true });`,
      "Bucket b sets forceDestroy.",
    ],
    [
      "aws-s3-versioning",
      `const key = new aws.kms.Key("k", {}); new aws.s3.Bucket("b", { bucket: key.keyId });`,
      'Bucket b has versioning (not set), not "Enabled".',
    ],
    [
      "github-main-protected",
      `new github.Repository("r", { name: "broken" });`,
      "Repository r has no active ruleset for main.",
    ],
  ])(
    "%s stops a preview that breaks it",
    async (rule, program, problem) => {
      write(program);
      const { code, output } = await project.run("preview", ...withPolicies);
      expect(code).not.toBe(0);
      const text = output.replace(/\s+/g, " ");
      for (const part of [rule, problem, "Why: ", "Fix: ", "More: https://"]) expect(text).toContain(part);
      const { policies: found } = await gate();
      expect(found).toContainEqual(expect.objectContaining({ rule, level: "mandatory", problem }));
    },
    60_000,
  );

  const bucket = (name: string, protect: boolean): string =>
    `new aws.s3.Bucket("vault", { bucket: "${name}" }, { protect: ${String(protect)} });`;
  const vault = (result: GateResult): Finding | undefined =>
    result.gates.find(({ rule, resource }) => rule === "stateful-change" && resource === "vault");

  test("what holds data is neither replaced nor deleted, unless somebody answers for it until a day", async () => {
    write(bucket("pulse-first", false));
    expect((await project.up()).code).toBe(0);
    write(bucket("pulse-second", false));
    expect(vault(await gate())).toMatchObject({
      level: "mandatory",
      problem: "Bucket vault would be replaced, which loses the backups in it.",
    });

    const override = { resource: "vault", who: "oncall-1", why: "it is empty", until: "2026-03-31" };
    setOverrides([override]);
    const leave = await gate();
    expect(vault(leave)).toMatchObject({ level: "overridden", override });
    expect(leave.overrides).toEqual([{ ...override, state: "used" }]);

    setOverrides([{ ...override, until: "2026-02-28" }]);
    const late = await gate();
    expect(vault(late)).toMatchObject({ level: "mandatory" });
    expect(late.overrides).toEqual([expect.objectContaining({ state: "over" })]);

    setOverrides([{ resource: "vault", until: "next week", rule: "aws-s3-locks" }]);
    await expect(gate()).rejects.toThrow(
      /has 4 mistakes:\n.*who is missing.*\n.*why is missing.*\n.*"aws-s3-locks".*\n.*"next week"/,
    );
    setOverrides([]);
    write("");
    expect(vault(await gate())).toMatchObject({
      problem: "Bucket vault would be deleted, which loses the backups in it.",
    });
  }, 120_000);

  test("a deletion that the engine refuses is told as a finding too", async () => {
    write(bucket("pulse-first", true));
    expect((await project.up()).code).toBe(0);
    write("");
    expect(vault(await gate())).toMatchObject({ level: "mandatory" });
    write(bucket("pulse-first", false));
    expect((await project.up()).code).toBe(0);
  }, 120_000);

  test("a secret in plain text is found where it is, and not repeated", async () => {
    const token = `ghp_${"aB3d".repeat(9)}`;
    write(
      `new k8s.core.v1.ConfigMap("settings", { metadata: { namespace: "default", name: "settings", labels: { "app.kubernetes.io/managed-by": "t" } }, data: { ci: ${JSON.stringify(token)} } });` +
        `export const hidden = pulumi.secret(${JSON.stringify(token)});`,
    );
    const result = await gate();
    expect(result.gates).toContainEqual(
      expect.objectContaining({
        rule: "plain-secret",
        problem: "settings has a GitHub token in plain text at inputs.data.ci.",
      }),
    );
    expect(JSON.stringify(result)).not.toContain(token);
  }, 60_000);

  test("a program that cannot run is no result", async () => {
    write(`throw new Error("the program is broken");`);
    await expect(gate()).rejects.toThrow(/^pulumi preview failed:\n[\s\S]*the program is broken/);
  }, 60_000);
});
