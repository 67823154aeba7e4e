import { Worker } from "node:worker_threads";
import type { Failure, LoadHandle, LoadOptions, Progress, Sample, Totals, WorkerOptions } from "./types.ts";

export type { Failure, LoadHandle, LoadOptions, Sample, Target, Totals } from "./types.ts";

/** How many failures are kept with time and reason. */
const KEPT_FAILURES = 1_000;

/**
 * Sends requests at a constant rate from a thread of its own until stopped: the rate does not drop when answers
 * are late, so a stall cannot hide. A failure is anything but a whole 2xx answer; nothing is ever sent twice.
 */
export function startLoad(options: LoadOptions): LoadHandle {
  const all: WorkerOptions = {
    hostHeader: new URL(options.url).host,
    connections: 20,
    requestsPerSecond: 500,
    bucketMs: 100,
    timeoutMs: 10_000,
    ...options,
  };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: all });
  const samples: Sample[] = [];
  const failures: Failure[] = [];
  const totals: Totals = {
    requests: 0,
    failures: 0,
    byColor: {},
    latencyMs: { p50: 0, p95: 0, p99: 0, max: 0 },
  };
  let lastAnswers: Record<string, number> = {};
  let crashed: Error | undefined;

  const finished = new Promise<void>((resolve) => {
    worker.on("message", (progress: Progress) => {
      add(progress);
      if (progress.done) resolve();
    });
    worker.once("error", (error: Error) => {
      crashed = error;
      resolve();
    });
  });

  function add(progress: Progress): void {
    const { sample } = progress;
    samples.push(sample);
    failures.push(...progress.failures.slice(0, KEPT_FAILURES - failures.length));
    lastAnswers = progress.lastAnswers;
    totals.latencyMs = progress.latencyMs;
    totals.failures += sample.failures;
    totals.requests += sample.failures;
    for (const [color, count] of Object.entries(sample.byColor)) {
      totals.byColor[color] = (totals.byColor[color] ?? 0) + count;
      totals.requests += count;
    }
  }

  return {
    samples: (from = 0) => samples.filter(({ at }) => at >= from),
    totals: () => structuredClone(totals),
    failures: () => [...failures],
    lastAnswerOf: (color) => lastAnswers[color],
    stop: async () => {
      worker.postMessage("stop");
      await finished;
      await worker.terminate();
      if (crashed) throw crashed;
      return structuredClone(totals);
    },
  };
}

/** What happened between two moments, in milliseconds since 1970; `to` is exclusive. */
export function totalsBetween(
  samples: readonly Sample[],
  from: number,
  to: number,
): { requests: number; failures: number } {
  const within = samples.filter(({ at }) => at >= from && at < to);
  const failures = within.reduce((sum, sample) => sum + sample.failures, 0);
  const answers = within
    .flatMap(({ byColor }) => Object.values(byColor))
    .reduce((sum, count) => sum + count, 0);
  return { requests: answers + failures, failures };
}

export { tlsOf } from "./types.ts";
export { startStreams } from "./streams.ts";
export { startWebSockets } from "./websockets.ts";
export { waitUntilMoved } from "./moved.ts";
