import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type as systemName } from "node:os";

/** The middle value; of an even number of them the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  kernel: string;
  node: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: `${systemName()} ${release()}`,
    node: process.version,
  };
}

/**
 * Processor time, in milliseconds, of all programs that this one has started and that have ended, with those that they
 * started; undefined where there is no /proc. Unlike the time on the clock it hardly depends on what else runs.
 */
export function endedChildrenMs(): number | undefined {
  try {
    // The name of the program comes second, in brackets, and may hold spaces. Counted in hundredths of a second.
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return undefined;
  }
}
