import type { Color, TrafficConfig, Weights } from "../../infra/domain/traffic.ts";
import type { Signals, Verdict } from "./signals.ts";

export type { TrafficConfig } from "../../infra/domain/traffic.ts";

/** One step of a strategy. */
export interface Step {
  /** Whole percent of the traffic for the new version. */
  percent: number;
  /** Seconds that the gates have to be content before the next step. */
  minSoakSeconds: number;
  /** Seconds after which a step that the gates still hold is rolled back. */
  maxSoakSeconds: number;
}

/**
 * Where a release is. In order: preparing (idle colour gets the image), verifying (ready, smoke tests), ramping,
 * promoted (the new version is production, watched), done (old colour retired). rollingBack and rolledBack can follow
 * every phase before done; failed means that a person is needed, and the last entry says for what.
 */
export type Phase =
  "preparing" | "verifying" | "ramping" | "promoted" | "done" | "rollingBack" | "rolledBack" | "failed";

/** The release that is under way, or was last: the head of the journal. */
export interface ReleaseRecord {
  /** Sortable, such as 20261121-101530-1.4.2. */
  id: string;
  environment: string;
  stack: string;
  version: string;
  image: string;
  strategy: string;
  steps: readonly Step[];
  stable: Color;
  candidate: Color;
  /** Config before the release. */
  before: TrafficConfig;
  phase: Phase;
  /** Index into `steps` while ramping. */
  step: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** When the phase, and while ramping the step, began. */
  since: number;
  /** Who started it: user@host, or the workflow's run. */
  by: string;
  /** While ramping: when the route had the step's weights; undefined on the way there. */
  reached?: number;
  /** While rolling back: when the route had all its weight on `stable` again; undefined on the way there. */
  moved?: number;
  /** While rolling back: when `stable`, which was retired, was brought back to full size. */
  warming?: number;
  /** The phase that a rollback ended. */
  endedPhase?: Phase;
  /** False: the gates are not asked (a version that ran before is brought back); smoke tests and the ready guard are. */
  gated: boolean;
  /** Somebody said to go on: soaks, holds and warnings count for nothing any more; what rolls back still does. */
  hurried?: boolean;
  /** What moving traffic takes, so that it needs nothing but the cluster and this record. */
  route: { namespace: string; name: string; minReady: number; readyTimeoutSeconds: number };
  /** Seconds after the promotion: of watching, and until the old colour may be retired. */
  watchSeconds: number;
  keepWarmSeconds: number;
  /** Somebody, or a gate, stopped the ramp: the reason. */
  paused?: string;
  /** Why it is rolled back or failed. */
  reason?: string;
}

/** One line of the journal. What is about to be done is written before it is done. */
export interface JournalEntry {
  /** Counts up by one within an environment. */
  seq: number;
  at: number;
  /** Id of the release; undefined for a switch by hand. */
  release?: string;
  /**
   * - intent: about to do `action`; a process that finds one without its done knows what may be half-way.
   * - done: `action` is finished.
   * - verdict: what the gates said when that changed.
   * - sample: signals for the report, thinned out.
   * - switched: an update of the stack succeeded with this traffic config (written by the program's after-hook).
   */
  kind: "intent" | "done" | "verdict" | "sample" | "switched";
  /** Such as "deploy green", "weight 10", "promote", "rollback", "retire". */
  action: string;
  by: string;
  weights?: Weights;
  config?: TrafficConfig;
  verdict?: Verdict;
  signals?: Signals;
  /** The release as it was when it ended or was promoted: what a report of it needs later. */
  record?: ReleaseRecord;
}
