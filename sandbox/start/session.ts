import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { projectRoot, type Report } from "../paths.ts";
import { installPlugins } from "../pulumi-plugins.ts";
import {
  initStack,
  PulumiCli,
  pulumiEnvironment,
  sandboxConfigFile,
  sandboxStack,
  type PulumiResult,
} from "../pulumi.ts";

/** Where the whole output of every `pulumi` run of start and bench goes. */
export const logFile = (dir: string): string => join(dir, "logs", "start.log");

/** The folder with the policies that every update of the sandbox runs. */
export const policyPack = join(projectRoot, "policies");

/** The engine's own summaries, which say nothing that the other errors do not. */
const summaries = /^(update|preview) failed$|^resource registration|^an unhandled/;

/** The first error of a failed run with the lines that belong to it, without the engine's tables around it. */
export function errorsOf(output: string): string {
  const lines = output.split("\n");
  const indent = (line: string): number => line.search(/\S|$/);
  const errors = lines.flatMap((line, n) => {
    const message = /^\s*error: (.*)$/.exec(line)?.[1]?.trim() ?? "";
    if (message === "" || summaries.test(message)) return [];
    const rest = lines.slice(n + 1);
    const end = rest.findIndex((next) => next.trim() === "" || indent(next) <= indent(line));
    const details = rest.slice(0, end < 0 ? rest.length : end).map((next) => next.slice(indent(line)));
    return [[message, ...details].join("\n")];
  });
  const [first = "see the log", ...others] = new Set(errors);
  return others.length > 0 ? `${first} (and ${others.length} more)` : first;
}

/** `Deployment pulse-messages-blue creating (2s) 1/3 pods ready`, from a line of the engine; undefined for others. */
export function progressOf(line: string): string | undefined {
  const [, kind, rest = ""] = /^\s*[-+~]+\s+\S+:(\w+)\s+(.*)$/.exec(line) ?? [];
  const text = rest.replace(/ \[diff: .*?\]/, "").trim();
  // That something begins is news only once there is something to wait for.
  return kind === undefined || /ing \(\d+s\)$/.test(text) ? undefined : `${kind} ${text}`;
}

/** The sandbox's stack, run by the real command line; everything it prints goes to the log. */
export class PulumiSession {
  readonly dir: string;
  readonly #cli: PulumiCli;
  readonly #configFile: string;

  constructor(dir: string, cli: PulumiCli, configFile: string) {
    this.dir = dir;
    this.#cli = cli;
    this.#configFile = configFile;
    mkdirSync(dirname(logFile(dir)), { recursive: true });
  }

  /**
   * Runs one command to its end.
   * @throws UserError with the first error and the log's path.
   */
  async run(
    args: readonly string[],
    options: { signal?: AbortSignal; onProgress?: Report } = {},
  ): Promise<PulumiResult> {
    const { signal, onProgress } = options;
    const log = (line: string): void => appendFileSync(logFile(this.dir), `${line}\n`);
    log(`\n${new Date().toISOString()} $ pulumi ${args.join(" ")}`);
    const result = await this.#cli.run(args, {
      signal,
      allowFailure: true,
      onLine: (line) => {
        log(line);
        const progress = progressOf(line);
        if (progress !== undefined) onProgress?.(progress);
      },
    });
    if (result.code !== 0) {
      const reason = errorsOf(`${result.stdout}\n${result.stderr}`);
      throw new UserError(`pulumi ${args[0] ?? ""} failed: ${reason}\nDetails: ${logFile(this.dir)}`);
    }
    return result;
  }

  /** Applies the config, with the policies or without; gives the command's duration in milliseconds. */
  async up(options: { signal?: AbortSignal; onProgress?: Report; policies?: boolean } = {}): Promise<number> {
    const began = performance.now();
    const policies = (options.policies ?? true) ? ["--policy-pack", policyPack] : [];
    const config = ["--config-file", this.#configFile];
    await this.run(["up", "--yes", "--skip-preview", ...config, ...policies], options);
    return performance.now() - began;
  }

  /** `key` may be a path, such as release.prometheus.url. */
  async setConfig(key: string, value: string, signal?: AbortSignal): Promise<void> {
    await this.run(
      ["config", "set", "--path", key, value, "--config-file", this.#configFile],
      signal ? { signal } : {},
    );
  }

  async outputs(signal?: AbortSignal): Promise<Record<string, unknown>> {
    const { stdout } = await this.run(["stack", "output", "--json"], signal ? { signal } : {});
    return JSON.parse(stdout) as Record<string, unknown>;
  }
}

/** Plugins in place and a stack to apply; `pulumi` is the executable's path. */
export async function openSession(options: {
  dir: string;
  kubeconfig: string;
  pulumi: string;
  report: Report;
  signal?: AbortSignal;
  /** Folder of the program; default: this project. */
  project?: string;
  /** Default: the environment stack. */
  stack?: string;
}): Promise<PulumiSession> {
  const { dir, kubeconfig, pulumi, report, signal, project = projectRoot, stack = sandboxStack } = options;
  const env = pulumiEnvironment({ dir, kubeconfig, tools: { pulumi }, stack });
  await installPlugins({ dir, pulumi, env, report, signal });
  await initStack({ dir, pulumi, env, signal, project, stack });
  return new PulumiSession(dir, new PulumiCli({ pulumi, env, cwd: project }), sandboxConfigFile(dir, stack));
}
