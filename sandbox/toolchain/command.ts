import { UserError } from "../errors.ts";
import { runProcess, type ProcessOptions, type ProcessResult } from "../process.ts";
import { diskFull, meansDiskFull } from "./cache.ts";

/**
 * Runs one step of fetching `what`; where it fails, throws a sentence with the last lines of its output and `hint`,
 * which says what the reader can do.
 */
export async function fetchStep(
  what: string,
  hint: string,
  neededBytes: number,
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const result = await runProcess(command, args, options);
  if (result.code === 0) return result;
  const output = result.startError?.message ?? (result.stderr.trim() || result.stdout.trim());
  if (meansDiskFull(output)) throw diskFull(neededBytes);
  const reason = result.timedOut ? "it took too long" : output.split("\n").slice(-3).join("; ");
  throw new UserError(`could not fetch ${what} (${command} ${args[0] ?? ""}): ${reason}. ${hint}`);
}
