import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { UserError } from "./errors.ts";
import { projectRoot } from "./paths.ts";
import { isAlive, runProcess, type ProcessOptions } from "./process.ts";
import { runOnTerminal } from "./terminal.ts";

/** The sandbox's stack of kind environment: what commands without --stack mean. */
export const sandboxStack = "sandbox";

/** Its stack of kind platform: the vendors, which are stand-ins here. */
export const sandboxPlatformStack = "sandbox-platform";

/** The engine's files of one sandbox, under its folder. */
export const pulumiHome = (dir: string): string => join(dir, "pulumi-home");
const backendFolder = (dir: string): string => join(dir, "backend");

/** The sandbox's own copy of a stack's config, used with --config-file: the committed one gets no salt. */
export const sandboxConfigFile = (dir: string, stack = sandboxStack): string =>
  join(dir, `Pulumi.${stack}.yaml`);

function writeOnce(path: string, content: string): void {
  if (existsSync(path)) return;
  const part = `${path}.${process.pid}`;
  writeFileSync(part, content, { mode: 0o600 });
  renameSync(part, path);
}

/** Puts the Node that runs this program, and no other, on the engine's PATH. */
function nodeFolder(dir: string): string {
  if (Number(process.versions.node.split(".")[0]) < 24) {
    throw new UserError(
      `this needs Node 24 or newer and runs under ${process.version}: start it with npm, which brings its own`,
    );
  }
  const folder = join(dir, "bin");
  const link = join(folder, "node");
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(process.execPath, link);
  return folder;
}

/**
 * The environment in which the sandbox's Pulumi runs: its own home, file backend and random passphrase under `dir`,
 * and none of the user's PULUMI_ variables. In a workflow it still is nobody's production: CI is left out, too. Makes what is missing of it.
 */
export function pulumiEnvironment(options: {
  /** The sandbox's folder. */
  dir: string;
  kubeconfig: string;
  tools: { pulumi: string };
  /** The stack that commands without --stack mean; default: `sandboxStack`. */
  stack?: string;
}): NodeJS.ProcessEnv {
  const { dir, kubeconfig, tools, stack = sandboxStack } = options;
  const passphrase = join(dir, "passphrase");
  for (const folder of [pulumiHome(dir), backendFolder(dir)]) mkdirSync(folder, { recursive: true });
  writeOnce(passphrase, randomBytes(24).toString("base64url"));
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PULUMI_|npm_|CI$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: [nodeFolder(dir), dirname(tools.pulumi), process.env.PATH ?? ""].join(delimiter),
    KUBECONFIG: kubeconfig,
    PULUMI_HOME: pulumiHome(dir),
    PULUMI_BACKEND_URL: `file://${backendFolder(dir)}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    PULUMI_STACK: stack,
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // parsing the SDK is a fifth of a second of every command, for the program and for each plugin of ours
    NODE_COMPILE_CACHE: join(dir, "compile-cache"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    // an older Pulumi on PATH must not lend its language host: pulumi-plugins.ts decides which plugins there are
    PULUMI_IGNORE_AMBIENT_PLUGINS: "1",
  };
}

/** The outcome of one command. */
export interface PulumiResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** How one command runs. */
export interface PulumiRunOptions extends Pick<ProcessOptions, "onLine"> {
  signal?: AbortSignal | undefined;
  /** A non-zero exit is returned instead of thrown. */
  allowFailure?: boolean;
}

/** The parts of a failed command's output that say why: broken policies, diagnostics, else its last lines. */
export function failureReason(stdout: string, stderr: string): string {
  const sections = stdout.split(/^(?=(?:Policies|Diagnostics|Outputs|Resources|Duration):)/m);
  const telling = sections
    .filter((section) => /^(Policies|Diagnostics):/.test(section))
    .map((text) => text.trimEnd());
  if (telling.length > 0) return telling.join("\n");
  const text = stderr.trim() === "" ? stdout : stderr;
  return text.trimEnd().split("\n").slice(-20).join("\n");
}

/** Runs the Pulumi command line without a terminal. */
export class PulumiCli {
  readonly #pulumi: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #cwd: string;

  constructor(options: { pulumi: string; env: NodeJS.ProcessEnv; cwd?: string }) {
    this.#pulumi = options.pulumi;
    this.#env = options.env;
    this.#cwd = options.cwd ?? projectRoot;
  }

  /**
   * Runs one command to its end. Aborting lets the engine finish the step it is in and write its state (up to a minute),
   * and rejects with the abort's reason after that. A failure is a UserError with the engine's own diagnostics.
   */
  async run(args: readonly string[], options: PulumiRunOptions = {}): Promise<PulumiResult> {
    const { signal, onLine, allowFailure = false } = options;
    const full = [...args, "--non-interactive"];
    const watch: ProcessOptions = { signal, onLine, graceMs: 60_000, interrupt: "leader" };
    const result = await runProcess(this.#pulumi, full, { cwd: this.#cwd, env: this.#env, ...watch });
    if (result.startError)
      throw new UserError(`could not start ${this.#pulumi}: ${result.startError.message}`);
    const stdout = stripVTControlCharacters(result.stdout);
    const stderr = stripVTControlCharacters(result.stderr);
    const code = result.code ?? 255;
    if (code !== 0 && !allowFailure) {
      const firstOption = args.findIndex((arg) => arg.startsWith("-"));
      const what = args.slice(0, firstOption < 0 ? args.length : firstOption).join(" ");
      throw new UserError(`pulumi ${what} failed:\n${failureReason(stdout, stderr)}`);
    }
    return { code, stdout, stderr };
  }

  /** Runs one command on this terminal and answers with its exit code. Ctrl-C reaches the command itself. */
  runOnTerminal(args: readonly string[]): Promise<number> {
    return runOnTerminal(this.#pulumi, args, { cwd: this.#cwd, env: this.#env });
  }
}

/**
 * Removes the locks of Pulumi processes of this machine that died without doing so (kill -9, power cut), so that the
 * next command does not refuse. A living process keeps its lock.
 */
export function removeDeadLocks(dir: string): void {
  for (const file of globSync(join(backendFolder(dir), ".pulumi/locks/**/*.json"))) {
    try {
      const lock = JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
      if (lock.hostname === hostname() && !isAlive(lock.pid)) rmSync(file, { force: true });
    } catch {
      // not a lock, or gone by now
    }
  }
}

/**
 * Forgets what the sandbox's environment stack applied: for when the cluster that held it is gone. Its config stays, and
 * so does the platform stack, whose vendors are not in the cluster.
 */
export function forgetEnvironment(dir: string): void {
  for (const file of globSync(join(backendFolder(dir), `.pulumi/stacks/*/${sandboxStack}.json*`)))
    rmSync(file);
}

/**
 * Makes the sandbox's stack, and its config as a copy of the committed Pulumi.sandbox.yaml, where they are missing.
 * Runs in a scratch folder, because `stack init` writes the salt beside the Pulumi.yaml it finds.
 */
export async function initStack(options: {
  dir: string;
  pulumi: string;
  env: NodeJS.ProcessEnv;
  /** The project's folder with Pulumi.yaml and Pulumi.<stack>.yaml; default: this project. */
  project?: string;
  stack?: string;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { dir, pulumi, env, project = projectRoot, stack = sandboxStack, signal } = options;
  removeDeadLocks(dir);
  const own = join(dir, `Pulumi.${stack}.yaml`);
  const name = /^name:\s*(\S+)/m.exec(readFileSync(join(project, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
  if (existsSync(own) && existsSync(join(backendFolder(dir), ".pulumi/stacks", name, `${stack}.json`)))
    return;
  const scratch = mkdtempSync(join(dir, "init-"));
  try {
    const config = join(scratch, `Pulumi.${stack}.yaml`);
    const committed = join(project, `Pulumi.${stack}.yaml`);
    writeFileSync(join(scratch, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
    if (existsSync(own)) copyFileSync(own, config);
    else if (existsSync(committed)) copyFileSync(committed, config);
    const cli = new PulumiCli({ pulumi, env, cwd: scratch });
    const { code, stdout, stderr } = await cli.run(["stack", "init", stack], { signal, allowFailure: true });
    if (code !== 0 && !stderr.includes("already exists")) {
      throw new UserError(`could not make the stack ${stack}: ${failureReason(stdout, stderr)}`);
    }
    renameSync(config, own);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
