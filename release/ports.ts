import type { Color, Weights } from "../infra/domain/traffic.ts";
import type { JournalEntry, ReleaseRecord, TrafficConfig } from "./domain/record.ts";
import type { ColorSignals, Signals, Verdict } from "./domain/signals.ts";

/** Time, so that tests need none. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The journal of an environment: a ConfigMap beside the app. Every write is atomic, or refused when somebody else wrote. */
export interface Journal {
  /** The release under way or last, if there ever was one. */
  current(): Promise<ReleaseRecord | undefined>;
  /** Newest last. */
  entries(): Promise<readonly JournalEntry[]>;
  /** Writes the record and the entries in one step; numbers the entries. */
  write(record: ReleaseRecord | undefined, ...entries: readonly NewEntry[]): Promise<void>;
}

export type NewEntry = Omit<JournalEntry, "seq">;

/** Part of the signals: each source answers for what it knows. Never throws: what it could not ask is a problem. */
export interface SignalSource {
  read(windowSeconds: number): Promise<{
    colors: Partial<Record<Color, ColorSignals>>;
    problems: readonly string[];
  }>;
}

/** A line of a chart: the values of one colour over time; undefined where nothing is known. */
export interface History {
  signals: readonly Signals[];
}

/** Past signals for the report; a source that keeps none is asked for nothing. */
export interface SignalHistory {
  read(fromMs: number, toMs: number, stepSeconds: number): Promise<History>;
}

/** Smoke tests straight at a colour; a result without a mistake passed. */
export interface SmokeTest {
  /** An answer that names another version than `version` is a mistake; undefined where the image does not say. */
  run(
    color: Color,
    version: string | undefined,
  ): Promise<readonly { path: string; ms: number; mistake?: string }[]>;
}

/** What happened, for people and vendors. */
export interface Announcement {
  event:
    | "started"
    | "step"
    | "paused"
    | "promoted"
    | "rollingBack"
    | "rolledBack"
    | "recovered"
    | "done"
    | "failed";
  record: ReleaseRecord;
  /** Of the traffic when it happened. */
  weights?: Weights;
  /** What the gates said last. */
  look?: Look;
  /** One or two sentences, without secrets. */
  text: string;
}

/** One vendor. Retries by itself within its own deadline; never blocks a release, and says what it could not tell. */
export interface Announcer {
  readonly name: string;
  announce(announcement: Announcement, signal: AbortSignal): Promise<void>;
}

/** The stack's config and the engine. */
export interface Stack {
  config(): Promise<TrafficConfig>;
  set(config: Partial<TrafficConfig>): Promise<void>;
  /** The release for which updates are run from now on: guards let the driver alone move traffic in CI. */
  actFor(release: string): void;
  /** A whole `pulumi up`; rejects with a sentence when it is refused or fails. */
  up(progress: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /** Takes what became of an update that was cut off into the state. */
  mend(progress: (line: string) => void, signal?: AbortSignal): Promise<void>;
}

/** The route of an environment, past the stack. */
export interface Traffic {
  /** Weights of the live route; undefined when there is none. */
  weights(): Promise<Weights | undefined>;
  /** Why a colour may not take its share of `next`, one half sentence each; empty when all may. */
  shortages(next: Weights): Promise<string[]>;
  /** Gives the route these weights; rejects when a colour is not ready for its share. */
  move(next: Weights): Promise<void>;
}

/** What the gates see and say about a release now. */
export interface Look {
  verdict: Verdict;
  signals: Signals;
}
