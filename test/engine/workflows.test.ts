// Workflows under the real engine and the real checkers: a changed value is one changed file, and whatever the config
// says, actionlint and zizmor find nothing.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { workflowFiles } from "../../infra/domain/workflows/index.ts";
import { workflowProblems } from "../../sandbox/check-workflows.ts";
import { defaultSandboxDir, projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import { installPlugins } from "../../sandbox/pulumi-plugins.ts";
import {
  initStack,
  PulumiCli,
  pulumiEnvironment,
  sandboxConfigFile,
  sandboxPlatformStack as stack,
} from "../../sandbox/pulumi.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { workflowSettings } from "../../stacks/platform/sourceControl.ts";
import { asRaw, loadPlatform, stackFile } from "../support/stack-config.ts";
import { testCluster } from "../support/test-cluster.ts";

describe("a changed value", () => {
  const dir = join(defaultSandboxDir(), "tests", "workflows");
  let cli: PulumiCli;
  const config = sandboxConfigFile(dir, stack);

  beforeAll(async () => {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const { pulumi } = await ensureTools(["pulumi"], () => undefined);
    const env = pulumiEnvironment({ dir, kubeconfig: testCluster().kubeconfig, tools: { pulumi }, stack });
    await installPlugins({ dir, pulumi, env, report: () => undefined, prefer: "stand-in" });
    await initStack({ dir, pulumi, env, stack });
    cli = new PulumiCli({ pulumi, env });
    await cli.run(["up", "--yes", "--skip-preview", "--config-file", config]);
  }, 120_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("is one update of one file in the platform's preview", async () => {
    const path = "github.workflows.coveragePercent";
    await cli.run(["config", "set", "--path", path, "90", "--config-file", config]);
    const { stdout } = await cli.run(["preview", "--json", "--config-file", config]);
    const { steps } = JSON.parse(stdout) as {
      steps: { op: string; urn: string; detailedDiff?: Record<string, { kind: string }> }[];
    };
    const changed = steps.filter(({ op }) => op !== "same");
    expect(changed.map(({ op, urn }) => `${op} ${urn.split("::").slice(3).join("::")}`)).toEqual([
      "update pulse-messages-file-.github/workflows/ci.yml",
    ]);
    expect(changed[0]?.detailedDiff).toEqual({
      content: expect.objectContaining({ kind: "update" }) as object,
    });
  }, 60_000);
});

type Group = Record<string, unknown>;

describe("actionlint and zizmor", () => {
  const base = stackFile("platform");
  const github = base.github as Group;
  const workflows = github.workflows as Group;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pulse-rendered-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What they say about the workflows of a config with this change. */
  async function problems(
    change: Group,
    more: Group,
    edit = (text: string): string => text,
  ): Promise<string[]> {
    const group = { ...github, ...more, workflows: { ...workflows, ...change } };
    const { config } = loadPlatform(asRaw({ ...base, github: group }));
    if (!config.github.workflows) throw new Error("There are no workflows.");
    const deploys = config.github.repositories[0]?.deploys ?? true;
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of Object.entries(
      workflowFiles(workflowSettings(config, config.github.workflows, deploys)),
    )) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), edit(content));
    }
    const title = "these workflows";
    return workflowProblems(() => undefined, [{ title, folder: relative(projectRoot, folder) }]);
  }

  const off = { endToEnd: false, lighthouse: false, codecov: false, codeql: false, image: false };
  const repository = (github.repositories as Group[])[0];
  test.each<[string, Group, Group]>([
    ["staging from main", {}, { stagingTrigger: "main" }],
    ["staging from pull requests", {}, { stagingTrigger: "pull_request" }],
    ["production by itself", {}, { productionTrigger: "auto", reviewers: {} }],
    ["all from main", {}, { productionTrigger: "auto", reviewers: {}, stagingTrigger: "main" }],
    ["pnpm and packages", { packageManager: "pnpm", steps: { packages: true } }, {}],
    ["both secret scanners", { secretScanners: ["gitleaks", "trufflehog"] }, {}],
    ["no step that can be left out", { steps: off }, {}],
    ["no driver", { driver: undefined }, {}],
    ["a repository that does not deploy", {}, { repositories: [{ ...repository, deploys: false }] }],
  ])(
    "find nothing with %s",
    async (_what, change, more) => {
      expect(await problems(change, more)).toEqual([]);
    },
    60_000,
  );

  test("would find what they are there for", async () => {
    const unpinned = await problems({}, {}, (text) => text.replaceAll(/@[0-9a-f]{40} # \S+/g, "@main"));
    expect(unpinned.join("\n")).toContain("unpinned-uses");
    const unknown = await problems({}, {}, (text) => text.replace("runs-on:", "runs-upon:"));
    expect(unknown.join("\n")).toContain('unexpected key "runs-upon"');
    const nowhere = await workflowProblems(() => undefined, [{ title: "nothing", folder: "docs" }]);
    expect(nowhere).toEqual([expect.stringContaining("is not there")]);
  }, 60_000);
});

test("the secret scan finds a key, in the history too, and passes what only looks like one", async () => {
  const { gitleaks } = await ensureTools(["gitleaks"], () => undefined);
  const folder = mkdtempSync(join(tmpdir(), "pulse-leak-"));
  try {
    const scan = async (): Promise<number | null> => {
      const config = join(projectRoot, ".gitleaks.toml");
      return (
        await runProcess(gitleaks, ["git", "--redact", "--no-banner", "--config", config], { cwd: folder })
      ).code;
    };
    const commit = async (content: string): Promise<void> => {
      writeFileSync(join(folder, "a.ts"), content);
      const who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
      for (const args of [
        ["add", "a.ts"],
        [...who, "commit", "--quiet", "--message", "a"],
      ])
        expect((await runProcess("git", args, { cwd: folder })).code).toBe(0);
    };
    await runProcess("git", ["init", "--quiet"], { cwd: folder });
    await commit(readFileSync(join(projectRoot, "infra/domain/workflows/actions.ts"), "utf8"));
    expect(await scan()).toBe(0);
    // Made here, so that this file holds none.
    await commit(`const key = "${["AKIA", "Z7QMN4TXW2RLK5VH"].join("")}";\n`);
    await commit("const key = process.env.KEY;\n");
    expect(await scan()).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
