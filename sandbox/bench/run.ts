import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { startCluster, stopCluster } from "../cluster/index.ts";
import { interruptible } from "../start/interrupt.ts";
import { alone } from "../start/lock.ts";
import { say } from "../start/terminal.ts";
import { thisMachine, type Machine } from "./figures.ts";

/** One line of a result; with a goal, `met` says whether it was reached. */
export type ResultLine = string | { text: string; goal: string; met: boolean };

/** What every file of figures starts with. */
interface Circumstances {
  date: string;
  machine: Machine;
  /** The machine's load average over a minute, before and after. */
  load: [number, number];
}

export interface Bench<Figures extends object> {
  /** Of the file of figures. */
  name: string;
  /** What Ctrl-C leaves behind, as a sentence. */
  interrupted: string;
  /** Every single repetition; times are in milliseconds. */
  measure(signal: AbortSignal): Promise<Figures>;
  lines(figures: Figures): readonly ResultLine[];
}

/** `median 2.1s (goal < 3.0s: met)` */
export const resultText = (line: ResultLine): string =>
  typeof line === "string" ? line : `${line.text} (goal ${line.goal}: ${line.met ? "met" : "not met"})`;

/**
 * Runs one bench alone in the sandbox's folder, writes its figures to a file there and prints what they say.
 * Gives the exit code: 0 where every goal was met, 1 where one was not, 130 after Ctrl-C.
 */
export async function runBench<Figures extends object>(dir: string, bench: Bench<Figures>): Promise<number> {
  const { signal, dispose } = interruptible();
  try {
    return await alone(dir, "npm run bench", async () => {
      const before = loadavg()[0] ?? 0;
      const figures = await bench.measure(signal);
      const lines = bench.lines(figures);
      const circumstances: Circumstances = {
        date: new Date().toISOString(),
        machine: thisMachine(),
        load: [before, loadavg()[0] ?? 0],
      };
      const file = writeFigures(join(dir, "bench"), bench.name, { ...circumstances, ...figures });
      say("", ...circumstancesLines(circumstances), ...lines.map(resultText), `figures      ${file}`);
      return lines.every((line) => typeof line === "string" || line.met) ? 0 : 1;
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    say("", `Interrupted; ${bench.interrupted}`);
    return 130;
  } finally {
    dispose();
  }
}

function writeFigures(folder: string, name: string, figures: Circumstances): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${figures.date.replaceAll(":", "-")}.json`);
  writeFileSync(file, `${JSON.stringify(figures, undefined, 2)}\n`);
  return file;
}

function circumstancesLines({ machine, load: [before, after] }: Circumstances): string[] {
  const { cpu, cores, memoryGb, kernel, node } = machine;
  return [
    `machine      ${cpu}, ${cores} cores, ${memoryGb} GB, ${kernel}, Node ${node}`,
    `load         ${before.toFixed(1)} before, ${after.toFixed(1)} after, the bench itself among it`,
  ];
}

/** Gives a bench that needs no pods an API server of its own in `dir`, which begins empty, and ends it afterwards. */
export async function withRootlessCluster<T>(
  dir: string,
  signal: AbortSignal,
  work: (kubeconfig: string) => Promise<T>,
): Promise<T> {
  rmSync(dir, { recursive: true, force: true });
  try {
    const { kubeconfig } = await startCluster({ dir, level: "rootless", report: say, signal });
    return await work(kubeconfig);
  } finally {
    await stopCluster(dir, () => undefined);
  }
}
