import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end, away from the terminal's Ctrl-C. Aborting asks it once, by SIGINT, to end the step that it
 * is in, and kills it after `graceMs`; it is the caller who looks at the signal then.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: {
    cwd: string;
    env: NodeJS.ProcessEnv;
    onLine?: (line: string) => void;
    signal?: AbortSignal | undefined;
    graceMs?: number;
  },
): Promise<Finished> {
  const { cwd, env, onLine, signal, graceMs = 60_000 } = options;
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      const clean = stripVTControlCharacters(chunk);
      text[name] += clean;
      const lines = (rest + clean).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    });
  }
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGINT");
    timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", ({ message }) => reject(new Error(`could not start ${command}: ${message}`)));
      // Not "exit": its last lines may still be on their way.
      child.on("close", (status) => resolve(status ?? 255));
    });
    return { code, ...text };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
