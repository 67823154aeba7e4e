import type { Color } from "../../infra/domain/traffic.ts";

/**
 * What was seen of one colour over a window of time. Undefined means that nothing is known (no source answered, or
 * the source has no such series): never the same as zero.
 */
export interface ColorSignals {
  /** Requests that the gateway answered for this colour within the window. */
  requests?: number;
  /** Of these, answered with 5xx or not at all: 0 to 1. */
  errorRatio?: number;
  /** 95th percentile of the answer time in milliseconds. */
  p95Ms?: number;
  /** Answers of the health path that failed in a row, counted back from now. */
  healthFailuresInARow?: number;
  /** Restarts of the colour's containers within the last five minutes. */
  restarts?: number;
  /** Pods in CrashLoopBackOff, by name. */
  crashLooping?: readonly string[];
  /** Pods that the colour should have and that are not available. */
  unavailable?: number;
  /** Newest log lines that were looked at, and how many of them have level error or worse. */
  logs?: { lines: number; errors: number };
}

/** What was seen of both colours at one moment. */
export interface Signals {
  /** Milliseconds since 1970. */
  at: number;
  /** Seconds that rates and percentiles cover. */
  windowSeconds: number;
  colors: Readonly<Record<Color, ColorSignals>>;
  /** Sources that could not be asked, one sentence each. */
  problems: readonly string[];
}

/** What the gates make of the signals. */
export interface Verdict {
  /**
   * - promote: every gate is content, the next step may come once the soak is over.
   * - hold: not enough is known (no data, too few requests); at the step's time-out it becomes a rollback.
   * - pause: worse than the warning level, not bad enough to roll back: a person decides.
   * - rollback: a trigger fired.
   */
  answer: "promote" | "hold" | "pause" | "rollback";
  /** One sentence for each gate that is not content; for promote, what was looked at. Never empty. */
  reasons: readonly string[];
}
