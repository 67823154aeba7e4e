import { spawn } from "node:child_process";
import { constants } from "node:os";
import { UserError } from "./errors.ts";

/** Runs one command on this terminal and answers with its exit code. Ctrl-C reaches the command itself. */
export async function runOnTerminal(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  const ignore = (): void => undefined;
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", ignore).on("SIGTERM", pass).on("SIGHUP", pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", (error) => reject(new UserError(`could not start ${command}: ${error.message}`)));
      child.on("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    process.off("SIGINT", ignore).off("SIGTERM", pass).off("SIGHUP", pass);
  }
}
