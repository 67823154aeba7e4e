import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { TrafficConfig } from "../../infra/domain/traffic.ts";
import { colors } from "../../infra/domain/traffic.ts";
import type { Stack } from "../ports.ts";
import { readTraffic } from "../stackFile.ts";
import { isAlive } from "./identity.ts";
import { run, type Finished } from "./process.ts";

/** Pulumi did nothing: its backend is away, or somebody else holds the stack's lock. Nothing is known to be wrong. */
export class StackUnavailable extends Error {}

/** The update was refused or failed. */
export class UpdateFailed extends Error {}

export interface StackPlace {
  stack: string;
  /** Absolute path of the stack's config file. */
  file: string;
  /** Folder with Pulumi.yaml. */
  project: string;
  env: NodeJS.ProcessEnv;
  /** Milliseconds to wait for a lock whose holder lives. */
  lockWaitMs: number;
}

/** One process that the backend says is updating the stack. */
export interface Lock {
  host: string;
  pid: number;
}

const lockPollMs = 500;

/** A stack's config and its updates, by Pulumi's command line: the one that people use, with the same configuration. */
export class PulumiStack implements Stack {
  readonly #place: StackPlace;
  #release = "by-hand";

  constructor(place: StackPlace) {
    this.#place = place;
  }

  /** The release for which updates are run: the program's guards then know that it is the driver who asks. */
  actFor(release: string): void {
    this.#release = release;
  }

  config(): Promise<TrafficConfig> {
    return Promise.resolve(readTraffic(this.#place.file, this.#place.stack));
  }

  /** Writes what differs from the file, in one command where nothing has to go. */
  async set(wanted: Partial<TrafficConfig>): Promise<void> {
    const now = await this.config();
    const pairs = (["activeColor", "canaryWeight", "idleSize"] as const)
      .filter((key) => wanted[key] !== undefined && wanted[key] !== now[key])
      .map((key) => `${key}=${String(wanted[key])}`);
    const { images } = wanted;
    const changed = images ? colors.filter((color) => images[color] !== now.images[color]) : [];
    for (const color of changed) {
      const image = images?.[color];
      if (image === undefined) await this.#must(["config", "rm", "--path", `images.${color}`]);
      else pairs.push(`images.${color}=${image}`);
    }
    if (pairs.length === 0) return;
    await this.#must(["config", "set-all", "--path", ...pairs.flatMap((pair) => ["--plaintext", pair])]);
  }

  async up(progress: (line: string) => void, signal?: AbortSignal): Promise<void> {
    let outcome = await this.#unlocked(["up", "--yes", "--skip-preview"], progress, signal);
    // What was cut off in the middle is looked up first, else its resource counts as unknown for good.
    if (outcome.code === 0 && !pendingOperations(outcome)) return;
    if (pendingOperations(outcome)) {
      await this.mend(progress, signal);
      outcome = await this.#unlocked(["up", "--yes", "--skip-preview"], progress, signal);
      if (outcome.code === 0) return;
    }
    signal?.throwIfAborted();
    throw new UpdateFailed(`pulumi up failed: ${reasonOf(outcome)}`);
  }

  /** Takes the world as it is into the state, and forgets operations that were cut off. */
  async mend(progress: (line: string) => void, signal?: AbortSignal): Promise<void> {
    progress("an earlier update was cut off: reading what became of it");
    const args = ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"];
    const outcome = await this.#unlocked(args, progress, signal);
    if (outcome.code !== 0) throw new UpdateFailed(`pulumi refresh failed: ${reasonOf(outcome)}`);
  }

  /** What an update would change although nothing in the config is new; undefined when there is nothing. */
  async uncleanness(signal?: AbortSignal): Promise<string | undefined> {
    const outcome = await this.#unlocked(
      ["preview", "--expect-no-changes", "--diff"],
      () => undefined,
      signal,
    );
    if (outcome.code === 0) return undefined;
    const changes = outcome.stdout
      .split("\n")
      .filter((line) => /^\s*[-+~]+ .*\(\w+\)$/.test(line))
      .map((line) => line.trim());
    return changes.length > 0 ? changes.slice(0, 5).join(", ") : reasonOf(outcome);
  }

  /** Runs a command that needs the stack's lock: waits for whoever lives, and clears what a dead process left. */
  async #unlocked(
    args: readonly string[],
    progress: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<Finished> {
    const end = Date.now() + this.#place.lockWaitMs;
    let told = "";
    for (let cancelled = false; ;) {
      const outcome = await this.#run(args, progress, signal);
      signal?.throwIfAborted();
      if (outcome.code === 0 || started(outcome)) return outcome;
      const locks = locksOf(outcome);
      if (locks === undefined) throw new StackUnavailable(`Pulumi could not start: ${reasonOf(outcome)}`);
      if (!cancelled && locks.length > 0 && locks.every(isDeadHere)) {
        progress("the process that held the stack's lock is dead: removing its lock");
        await this.#must(["cancel", "--yes"]);
        cancelled = true;
        await this.mend(progress, signal);
        continue;
      }
      const who = locks.map(({ host, pid }) => `process ${pid} on ${host}`).join(", ") || "another update";
      if (told !== who) progress(`waiting for the stack's lock, which ${who} holds`);
      told = who;
      if (Date.now() >= end) {
        throw new StackUnavailable(
          `The stack ${this.#place.stack} is locked by ${who}. Once you are sure that it has ended: pulumi cancel -s ${this.#place.stack}`,
        );
      }
      await delay(lockPollMs, undefined, signal ? { signal } : {});
    }
  }

  async #must(args: readonly string[]): Promise<void> {
    const outcome = await this.#run(args, () => undefined);
    if (outcome.code !== 0)
      throw new StackUnavailable(`pulumi ${args.slice(0, 2).join(" ")} failed: ${reasonOf(outcome)}`);
  }

  #run(args: readonly string[], onLine: (line: string) => void, signal?: AbortSignal): Promise<Finished> {
    const { stack, file, project, env } = this.#place;
    const configFile = args[0] === "cancel" ? [] : ["--config-file", file];
    return run(
      "pulumi",
      [...args, "--stack", stack, ...configFile, "--non-interactive", "--color", "never"],
      {
        cwd: project,
        env: { ...env, PULSE_RELEASE: this.#release, PULUMI_SKIP_UPDATE_CHECK: "1" },
        onLine: (line) => {
          const text = progressOf(line);
          if (text !== undefined) onLine(text);
        },
        signal,
      },
    );
  }
}

/** Of the engine's many lines those that say what happens, or what is waited for. */
export function progressOf(line: string): string | undefined {
  const [, kind, rest = ""] = /^\s*[-+~]+\s+\S+:(\w+)\s+(.*)$/.exec(line) ?? [];
  if (kind !== undefined)
    return /ing \(\d+s\)/.test(rest) ? undefined : `${kind} ${rest.replace(/ \[diff: .*?\]/, "")}`;
  return line.includes("waiting for") ? line.trim().replace(/^@ updating\.*/, "") : undefined;
}

/** The engine got as far as the program; what failed then is about the update. */
const started = ({ stdout }: Finished): boolean => /^(Updating|Refreshing|Previewing) \(/m.test(stdout);

const pendingOperations = ({ stdout, stderr }: Finished): boolean =>
  /pending operations? from previous deployment|with pending operations/.test(stdout + stderr);

/** Who holds the lock, as far as the backend says; undefined when the lock is not the trouble. */
export function locksOf({ stdout, stderr }: Pick<Finished, "stdout" | "stderr">): Lock[] | undefined {
  const text = stdout + stderr;
  if (!/currently locked by|Another update is currently in progress/.test(text)) return undefined;
  return [...text.matchAll(/created by \S+@(\S+) \(pid (\d+)\)/g)].map(([, host = "", pid = ""]) => ({
    host,
    pid: Number(pid),
  }));
}

/** Only of this machine can it be known that a process is dead. */
const isDeadHere = ({ host, pid }: Lock): boolean =>
  host === hostname() && isAlive({ host, pid, start: "" }) === false;

/** The first error with its details, without the engine's tables. */
export function reasonOf({ stdout, stderr }: Pick<Finished, "stdout" | "stderr">): string {
  const lines = (stdout + stderr).split("\n");
  const errors = lines.flatMap((line, index) => {
    const text = /^\s*error: (.+)$/.exec(line)?.[1]?.trim();
    if (text === undefined) return [];
    return /errors? occurred:$/.test(text) ? listedAfter(lines.slice(index + 1)) : [text];
  });
  const [first] = errors.filter(
    (text) => !/^(update|preview|refresh) failed$|^resource registration|^an unhandled/.test(text),
  );
  return first ?? ((stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" ") || "no output");
}

/** What a provider lists under "2 errors occurred:", each point behind an asterisk and over as many lines as it takes. */
function listedAfter(lines: readonly string[]): string[] {
  const end = lines.findIndex((line) => !/^\s/.test(line) || /^\s*\S+:\S+ \(/.test(line));
  const text = lines.slice(0, end < 0 ? lines.length : end).join("\n");
  const points = text.split(/^\s*\* /m).slice(1);
  return points.length === 0 ? [] : [points.map((point) => point.trim().replace(/\s+/g, " ")).join("; ")];
}
