import { dumpYaml, loadYaml } from "@kubernetes/client-node";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CloudContent } from "../../sandbox/providers/vendors/cloud.ts";
import type { Fault } from "../../sandbox/providers/vendors/faults.ts";
import { defaultSandboxDir } from "../../sandbox/paths.ts";
import { installPlugins } from "../../sandbox/pulumi-plugins.ts";
import {
  initStack,
  PulumiCli,
  pulumiEnvironment,
  sandboxConfigFile,
  sandboxPlatformStack,
} from "../../sandbox/pulumi.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { cloudFile, faultsFile } from "../../sandbox/vendor-plugins.ts";
import { testCluster } from "./test-cluster.ts";
import type { Outcome, PreviewStep } from "./environment-stack.ts";

/** One resource of `pulumi stack export`. */
export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** The real platform stack on the vendors' stand-ins, with its own Pulumi home, backend and cloud. */
export class PlatformStack {
  readonly dir: string;
  readonly stack: string;
  readonly #cli: PulumiCli;
  readonly #file: string;

  private constructor(dir: string, stack: string, cli: PulumiCli) {
    this.dir = dir;
    this.stack = stack;
    this.#cli = cli;
    this.#file = sandboxConfigFile(dir, stack);
  }

  /** `stack` is a committed stack file, by default the sandbox's platform. Applies nothing. */
  static async create(name: string, stack = sandboxPlatformStack): Promise<PlatformStack> {
    const dir = join(defaultSandboxDir(), "tests", `platform-${name}`);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const { kubeconfig } = testCluster();
    const { pulumi } = await ensureTools(["pulumi"], () => undefined);
    const env = pulumiEnvironment({ dir, kubeconfig, tools: { pulumi }, stack });
    await installPlugins({ dir, pulumi, env, report: () => undefined, prefer: "stand-in" });
    await initStack({ dir, pulumi, env, stack });
    return new PlatformStack(dir, stack, new PulumiCli({ pulumi, env }));
  }

  /** Changes the stack's config file; keys without `pulse-infra:`. */
  edit(change: (config: Record<string, unknown>) => void): void {
    const file = loadYaml<{ config: Record<string, unknown> }>(readFileSync(this.#file, "utf8"));
    const bare = Object.entries(file.config).map(([key, value]) => [key.replace("pulse-infra:", ""), value]);
    const config = Object.fromEntries(bare) as Record<string, unknown>;
    change(config);
    file.config = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [`pulse-infra:${key}`, value]),
    );
    writeFileSync(this.#file, dumpYaml(file));
  }

  /** The config file as it is, to be given back to `restore`. */
  config(): string {
    return readFileSync(this.#file, "utf8");
  }

  restore(config: string): void {
    writeFileSync(this.#file, config);
  }

  /** Runs a command that takes --config-file. */
  async run(...args: string[]): Promise<Outcome & { stdout: string }> {
    const full = [...args, "--config-file", this.#file];
    const { code, stdout, stderr } = await this.#cli.run(full, { allowFailure: true });
    return { code, stdout, output: stdout + stderr };
  }

  up(...args: string[]): Promise<Outcome> {
    return this.run("up", "--yes", "--skip-preview", ...args);
  }

  async mustUp(...args: string[]): Promise<string> {
    const { code, output } = await this.up(...args);
    if (code !== 0) throw new Error(`pulumi up failed:\n${output}`);
    return output;
  }

  /** `pulumi config set --secret`, as a person types it. */
  async setSecret(path: string, value: string): Promise<void> {
    await this.#cli.run(["config", "set", "--secret", "--path", path, value, "--config-file", this.#file]);
  }

  /** What an update would do, without what stays the same. */
  async preview(): Promise<PreviewStep[]> {
    const { code, stdout, output } = await this.run("preview", "--json");
    if (code !== 0) throw new Error(`pulumi preview failed:\n${output}`);
    const { steps = [] } = JSON.parse(stdout) as { steps?: PreviewStep[] };
    return steps.filter(({ op }) => op !== "same");
  }

  /** The state with secrets in plain. */
  async resources(): Promise<StateResource[]> {
    const { stdout } = await this.#cli.run(["stack", "export", "--show-secrets"]);
    const state = JSON.parse(stdout) as { deployment: { resources?: StateResource[] } };
    return state.deployment.resources ?? [];
  }

  /** `pulumi state ...`, `stack ...` and others that take no --config-file. */
  async plain(...args: string[]): Promise<Outcome> {
    const { code, stdout, stderr } = await this.#cli.run(args, { allowFailure: true });
    return { code, output: stdout + stderr };
  }

  /** Forgets everything that was applied, as a new stack would; the vendors keep it. */
  async forget(): Promise<void> {
    const file = join(this.dir, "empty.json");
    const { stdout } = await this.#cli.run(["stack", "export"]);
    const state = JSON.parse(stdout) as { deployment: { resources?: unknown[] } };
    state.deployment.resources = [];
    writeFileSync(file, JSON.stringify(state));
    await this.#cli.run(["stack", "import", "--file", file]);
  }

  cloud(): CloudContent {
    return JSON.parse(readFileSync(cloudFile(this.dir), "utf8")) as CloudContent;
  }

  writeCloud(content: CloudContent): void {
    writeFileSync(cloudFile(this.dir), JSON.stringify(content));
  }

  /** Every file of the stack but the vendors' own, by path: state, backups, history, config, logs. */
  files(): Map<string, string> {
    const paths = readdirSync(this.dir, { recursive: true, encoding: "utf8" }).filter(
      (path) => !/^(compile-cache|cloud\.json)/.test(path) && statSync(join(this.dir, path)).isFile(),
    );
    if (!paths.some((path) => path.includes("/history/"))) throw new Error("the engine wrote no history");
    return new Map(paths.map((path) => [path, readFileSync(join(this.dir, path), "utf8")]));
  }

  /** Makes the stand-ins fail as ordered, until the next call. */
  fail(...faults: Fault[]): void {
    writeFileSync(faultsFile(this.dir), JSON.stringify(faults));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
