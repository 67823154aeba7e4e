import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** How `runProcess` starts, watches and ends a program. */
export interface ProcessOptions {
  /** Working folder; default: this process's own. */
  cwd?: string;
  /** The whole environment; default: this process's own. */
  env?: NodeJS.ProcessEnv;
  /** Aborting sends SIGINT, then SIGKILL to the whole group after `graceMs`. */
  signal?: AbortSignal | undefined;
  /** Called with each finished line of output. */
  onLine?: ((line: string, stream: "stdout" | "stderr") => void) | undefined;
  /** Ends the program after so many milliseconds; default: no limit. */
  timeoutMs?: number | undefined;
  /** Milliseconds between SIGINT and SIGKILL; default 5000. */
  graceMs?: number;
  /** Whom SIGINT goes to: every process of the group (default), or the program alone, which then ends its own children. */
  interrupt?: "group" | "leader";
}

/** What a program left behind. `code` is null where it could not be started or a signal ended it. */
export interface ProcessResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** It was ended for `timeoutMs`. */
  timedOut: boolean;
  /** It could not be started: the reason. */
  startError?: NodeJS.ErrnoException;
}

const groups = new Set<number>();
let watchesExit = false;

/** A program never outlives this process, whatever ends it: an exit handler reaches what abort signals do not. */
function endGroupsAtExit(): void {
  if (watchesExit) return;
  watchesExit = true;
  process.on("exit", () => {
    for (const pid of groups) signalGroup(pid, "SIGINT");
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone already
  }
}

/** Cuts a stream of chunks into lines. */
export function lineSplitter(onLine: (line: string) => void): {
  write: (chunk: string) => void;
  end: () => void;
} {
  let rest = "";
  return {
    write: (chunk) => {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    },
    end: () => {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}

/**
 * Runs a program in a process group of its own and waits for its end; a non-zero exit is a result, not an exception.
 * Rejects only with the abort reason, and then only after the program has ended.
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const { signal, onLine, timeoutMs, graceMs = 5000, interrupt = "group" } = options;
  signal?.throwIfAborted();
  endGroupsAtExit();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const result: ProcessResult = { code: null, stdout: "", stderr: "", timedOut: false };
  for (const name of ["stdout", "stderr"] as const) {
    const lines = lineSplitter((line) => onLine?.(line, name));
    child[name].setEncoding("utf8");
    child[name].on("data", (chunk: string) => {
      result[name] += chunk;
      lines.write(chunk);
    });
    child[name].on("end", lines.end);
  }
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    if (pid === undefined) return;
    if (interrupt === "group") signalGroup(pid, "SIGINT");
    else child.kill("SIGINT");
    timers.push(setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs));
  };
  if (timeoutMs !== undefined) {
    timers.push(
      setTimeout(() => {
        result.timedOut = true;
        stop();
      }, timeoutMs),
    );
  }
  signal?.addEventListener("abort", stop, { once: true });
  await new Promise<void>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (pid !== undefined) return;
      result.startError = error;
      resolve();
    });
    child.on("exit", (code) => {
      result.code = code;
      // "close" follows once the output is read; not where a grandchild that lives on holds the pipe
      timers.push(setTimeout(resolve, 2000));
    });
    child.on("close", () => resolve());
  });
  signal?.removeEventListener("abort", stop);
  timers.forEach(clearTimeout);
  if (pid !== undefined) groups.delete(pid);
  signal?.throwIfAborted();
  return result;
}

/** Whether a process with that id lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether `path` is a file that may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Every executable of that name on a PATH (default: this process's own), in its order. */
export function findOnPath(name: string, path: string = process.env.PATH ?? ""): string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}
