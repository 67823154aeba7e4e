import { dumpYaml, loadYaml } from "@kubernetes/client-node";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { grantFor } from "../../sandbox/cluster/web-certificate.ts";
import { defaultSandboxDir, projectRoot } from "../../sandbox/paths.ts";
import { installPlugins } from "../../sandbox/pulumi-plugins.ts";
import { initStack, PulumiCli, pulumiEnvironment, sandboxStack } from "../../sandbox/pulumi.ts";
import { ensureTools } from "../../sandbox/toolchain/index.ts";
import { ClusterApi } from "./cluster-api.ts";

interface StackFile {
  config: Record<string, unknown>;
}

/** How one command ended: its exit code, and everything that it printed. */
export interface Outcome {
  code: number;
  output: string;
}

interface Preview {
  steps?: PreviewStep[];
  diagnostics?: { message: string }[];
}

/** One step of `pulumi preview --json`. */
export interface PreviewStep {
  op: string;
  urn: string;
}

/** The real program, as its own stack with its own Pulumi home, against a test cluster. */
export class EnvironmentStack {
  readonly app = "pulse-messages";
  readonly api: ClusterApi;
  readonly namespace: string;
  readonly dir: string;
  /** The environment of its Pulumi. */
  readonly env: NodeJS.ProcessEnv;
  readonly #cli: PulumiCli;
  readonly #file: string;

  private constructor(
    namespace: string,
    dir: string,
    kubeconfig: string,
    env: NodeJS.ProcessEnv,
    cli: PulumiCli,
  ) {
    this.namespace = namespace;
    this.dir = dir;
    this.env = env;
    this.api = new ClusterApi(kubeconfig);
    this.#cli = cli;
    this.#file = join(dir, `Pulumi.${sandboxStack}.yaml`);
  }

  /** Makes the stack from the committed sandbox config; `edit` changes it first. Applies nothing. */
  static async create(
    name: string,
    kubeconfig: string,
    edit: (config: Record<string, unknown>) => void = () => undefined,
  ): Promise<EnvironmentStack> {
    const dir = join(defaultSandboxDir(), "tests", `stack-${name}`);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const { pulumi } = await ensureTools(["pulumi"], () => undefined);
    const env = pulumiEnvironment({ dir, kubeconfig, tools: { pulumi } });
    const stack = new EnvironmentStack(name, dir, kubeconfig, env, new PulumiCli({ pulumi, env }));
    stack.edit(
      (config) => {
        const cluster = config["pulse-infra:cluster"] as Record<string, unknown>;
        config["pulse-infra:cluster"] = { ...cluster, namespace: name };
        // These tests apply no platform stack.
        delete config["pulse-infra:platformStack"];
        config["pulse-infra:hostname"] = `${name}.pulse.localhost`;
        edit(config);
      },
      join(projectRoot, "Pulumi.sandbox.yaml"),
    );
    await stack.api.apply(grantFor(name));
    await installPlugins({ dir, pulumi, env, report: () => undefined, prefer: "stand-in" });
    await initStack({ dir, pulumi, env });
    return stack;
  }

  /** Absolute path of its config file. */
  get file(): string {
    return this.#file;
  }

  /** Changes the stack's config file directly. */
  edit(change: (config: Record<string, unknown>) => void, from = this.#file): void {
    const file = loadYaml<StackFile>(readFileSync(from, "utf8"));
    change(file.config);
    writeFileSync(this.#file, dumpYaml(file));
  }

  /** `pulumi config set`, as a person types it. */
  async set(key: string, value: string): Promise<void> {
    await this.#cli.run(["config", "set", "--path", key, value, "--config-file", this.#file]);
  }

  /** `pulumi config set --secret`. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.#cli.run(["config", "set", "--secret", "--path", key, value, "--config-file", this.#file]);
  }

  /** Runs a command that takes --config-file. */
  async run(
    args: readonly string[],
    options: { signal?: AbortSignal; onLine?: (line: string) => void } = {},
  ) {
    const { code, stdout, stderr } = await this.#cli.run([...args, "--config-file", this.#file], {
      allowFailure: true,
      ...options,
    });
    return { code, stdout, output: stdout + stderr };
  }

  up(...args: string[]): Promise<Outcome> {
    return this.run(["up", "--yes", "--skip-preview", ...args]);
  }

  /** `pulumi up` that has to succeed. */
  async mustUp(...args: string[]): Promise<string> {
    const { code, output } = await this.up(...args);
    if (code !== 0) throw new Error(`pulumi up failed:\n${output}`);
    return output;
  }

  /** What an update would do, without what stays the same. */
  async preview(): Promise<PreviewStep[]> {
    const { code, stdout } = await this.run(["preview", "--json"]);
    const { steps = [], diagnostics = [] } = JSON.parse(stdout) as Preview;
    if (code !== 0)
      throw new Error(`pulumi preview failed:\n${diagnostics.map((d) => d.message).join("\n")}`);
    return steps.filter(({ op }) => op !== "same");
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.#cli.run(["stack", "output", "--json"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** The state as a person can export it: secrets in it are encrypted. */
  async export(): Promise<Outcome> {
    const { code, stdout, stderr } = await this.#cli.run(["stack", "export"], { allowFailure: true });
    return { code, output: stdout + stderr };
  }

  /** The live weight of each colour. */
  async weights(): Promise<{ blue: number | undefined; green: number | undefined }> {
    const weights = await this.api.weights(this.namespace, this.app);
    return { blue: weights[`${this.app}-blue`], green: weights[`${this.app}-green`] };
  }

  /** The image that a colour's pods are to have. */
  async image(color: "blue" | "green"): Promise<string | undefined> {
    const { spec } = await this.api.get("apps/v1", "Deployment", this.namespace, `${this.app}-${color}`);
    const { template } = spec as { template: { spec: { containers: { image: string }[] } } };
    return template.spec.containers[0]?.image;
  }

  /** Takes the protection away that a stack of any other environment than the sandbox has. */
  async unprotect(): Promise<void> {
    await this.#cli.run(["state", "unprotect", "--all", "--yes"]);
  }

  /** Removes what the stack made, and its folder. */
  async destroy(): Promise<void> {
    const { code, output } = await this.run(["destroy", "--yes", "--skip-preview"]);
    if (code !== 0) throw new Error(`pulumi destroy failed:\n${output}`);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The last part of a step's URN: type and name. */
export const resourceOf = ({ urn }: PreviewStep): string => urn.split("::").slice(2).join("::");
