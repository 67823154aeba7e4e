import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GateError } from "./finding.ts";

interface State {
  urn: string;
  protect?: boolean;
  [key: string]: unknown;
}

/** One step of `pulumi preview --json`. */
export interface PreviewStep {
  op: string;
  urn: string;
  oldState?: State;
  newState?: State;
}

/** What `pulumi preview --json` prints, as far as it is read here. */
export interface Preview {
  config?: unknown;
  steps?: PreviewStep[];
  changeSummary?: Record<string, number>;
  diagnostics?: { message: string; severity?: string; urn?: string }[];
}

/** A policy's finding, as the engine logs it. */
export interface PolicyEvent {
  resourceUrn?: string;
  message: string;
  policyName: string;
  enforcementLevel: string;
}

export interface PreviewResult {
  preview: Preview;
  events: PolicyEvent[];
  code: number;
}

interface Exported {
  deployment?: { resources?: State[] };
}

/** Runs Pulumi on one stack, as whoever started the gate would. */
export class Engine {
  readonly #stack: string;
  readonly #configFile: string | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #project: string;

  /** `env` is the environment of Pulumi, by default this program's own; `project` the folder of the Pulumi.yaml. */
  constructor(
    stack: string,
    options: { configFile?: string | undefined; env?: NodeJS.ProcessEnv; project?: string } = {},
  ) {
    this.#stack = stack;
    this.#configFile = options.configFile;
    this.#env = options.env ?? process.env;
    this.#project = options.project ?? join(import.meta.dirname, "../..");
  }

  /** The stack's config without its secrets: groups as values. */
  async config(): Promise<Record<string, unknown>> {
    const { stdout } = await this.#must(["config", "--json", ...this.#file()]);
    const values = JSON.parse(stdout) as Record<string, { value?: string; objectValue?: unknown }>;
    return Object.fromEntries(
      Object.entries(values).map(([key, { value, objectValue }]) => [key, objectValue ?? value]),
    );
  }

  /** A preview with the policies; `packConfig` says how strict they are. */
  async preview(packConfig: object): Promise<PreviewResult> {
    const folder = mkdtempSync(join(tmpdir(), "pulse-gate-"));
    try {
      const [levels, log] = [join(folder, "levels.json"), join(folder, "events.json")];
      writeFileSync(levels, JSON.stringify(packConfig));
      writeFileSync(log, "");
      const pack = ["--policy-pack", join(import.meta.dirname, ".."), "--policy-pack-config", levels];
      const args = ["preview", "--json", ...pack, "--event-log", log, ...this.#file()];
      const { code, stdout, stderr } = await this.#run(args);
      const events = readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.includes('"policyEvent"'))
        .map((line) => (JSON.parse(line) as { policyEvent: PolicyEvent }).policyEvent);
      return { preview: parsed(stdout, stderr), events, code };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Every resource in the stack's state; secrets in it are encrypted. */
  async state(): Promise<State[]> {
    const { stdout } = await this.#must(["stack", "export"]);
    return (JSON.parse(stdout) as Exported).deployment?.resources ?? [];
  }

  readonly #file = (): string[] =>
    this.#configFile === undefined ? [] : ["--config-file", this.#configFile];

  async #must(args: readonly string[]): Promise<{ stdout: string }> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code !== 0) throw new GateError(`pulumi ${args.slice(0, 2).join(" ")} failed:\n${stderr.trim()}`);
    return { stdout };
  }

  async #run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    // The log of events, which alone has the policies' findings in full, is an option only with the first variable.
    const env = { ...this.#env, PULUMI_DEBUG_COMMANDS: "true", PULUMI_SKIP_UPDATE_CHECK: "true" };
    const full = [...args, "--stack", this.#stack, "--non-interactive", "--color", "never"];
    const child = spawn("pulumi", full, { env, cwd: this.#project, stdio: ["ignore", "pipe", "pipe"] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => void out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => void err.push(chunk));
    return await new Promise((resolve, reject) => {
      child.on("error", ({ message }) =>
        reject(new GateError(`could not start pulumi: ${message}; it has to be on the PATH`)),
      );
      child.on("close", (code) =>
        resolve({
          code: code ?? 255,
          stdout: Buffer.concat(out).toString(),
          stderr: Buffer.concat(err).toString(),
        }),
      );
    });
  }
}

function parsed(stdout: string, stderr: string): Preview {
  try {
    return JSON.parse(stdout) as Preview;
  } catch {
    throw new GateError(`pulumi preview gave no JSON:\n${(stderr.trim() || stdout.trim()).slice(-2000)}`);
  }
}
