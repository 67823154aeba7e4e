import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { isAlive, markerVariable, startTimeOf, type ProcessIdentity } from "./identity.ts";
import { writeState, type ClusterState, type ProcessRecord } from "./state.ts";

/** A long-running process of the sandbox. */
export interface ProcessSpec {
  name: string;
  /** Absolute path, or a name on PATH. */
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
}

/** Starts the cluster's processes in the background and keeps their records in `cluster.json`. */
export class Processes {
  readonly #dir: string;
  readonly #state: ClusterState;

  constructor(dir: string, state: ClusterState) {
    this.#dir = dir;
    this.#state = state;
  }

  /** Starts the process unless it runs already. Returns whether it was started now. */
  ensure(spec: ProcessSpec): boolean {
    if (this.runs(spec.name)) return false;
    const log = join(this.#dir, "logs", `${spec.name}.log`);
    mkdirSync(join(this.#dir, "logs"), { recursive: true });
    const output = openSync(log, "w", 0o600);
    // Own session: Ctrl-C in the terminal and the end of this program must not reach it.
    const child = spawn(spec.command, spec.args, {
      cwd: this.#dir,
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...inherited(), ...spec.env, [markerVariable]: this.#dir },
    });
    closeSync(output);
    child.on("error", () => undefined);
    child.unref();
    if (child.pid === undefined) {
      throw new UserError(`${spec.name} could not be started from ${spec.command}. ${lastWords(log)}`);
    }
    // One that has ended already has no start time; its record says so and keeps its log findable.
    this.#record({ name: spec.name, pid: child.pid, startTime: startTimeOf(child.pid) ?? "", log });
    return true;
  }

  /** Whether the process with this name was started and runs. */
  runs(name: string): boolean {
    const known = this.find(name);
    return known !== undefined && isAlive(known);
  }

  /** The record of the process with this name. */
  find(name: string): ProcessRecord | undefined {
    return this.#state.processes.find((record) => record.name === name);
  }

  /** Throws a sentence with the last line of its log if one of these processes has ended. */
  mustBeAlive(...names: string[]): void {
    for (const name of names) {
      const record = this.find(name);
      if (record && !isAlive(record)) {
        throw new UserError(`${name} stopped while the sandbox was starting. ${lastWords(record.log)}`);
      }
    }
  }

  /** Where to look when this process does not get ready. */
  hint(name: string): string {
    const record = this.find(name);
    return record ? lastWords(record.log) : "";
  }

  #record(record: ProcessRecord): void {
    this.#state.processes = [...this.#state.processes.filter(({ name }) => name !== record.name), record];
    writeState(this.#dir, this.#state);
  }
}

/** The last line of a log and the log's path, as a sentence. */
export function lastWords(log: string): string {
  let line;
  try {
    line = readFileSync(log, "utf8").trimEnd().split("\n").at(-1)?.trim();
  } catch {
    return "";
  }
  return line === undefined || line === ""
    ? `Its log ${log} is empty.`
    : `Last line of ${log}: ${line.slice(0, 600)}`;
}

/**
 * Ends the processes at once: all that they keep is thrown away after. Returns those that would not end.
 */
export async function endProcesses(all: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  let left = all.filter(isAlive);
  const deadline = Date.now() + 5000;
  while (left.length > 0 && Date.now() < deadline) {
    for (const { pid } of left) kill(pid);
    await sleep(20);
    left = left.filter(isAlive);
  }
  return left;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Only what a process needs: nothing of the user's Kubernetes, Pulumi or proxy settings leaks into the cluster. */
function inherited(): Record<string, string> {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR, LANG }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
}
