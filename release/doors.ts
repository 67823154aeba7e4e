import type { Weights } from "../infra/domain/traffic.ts";
import type { ReleaseRecord } from "./domain/record.ts";
import type { Verdict } from "./domain/signals.ts";
import type { Announcement, Clock, Journal, Look, SmokeTest, Stack, Traffic } from "./ports.ts";

/** Everything that a release touches. */
export interface Doors {
  clock: Clock;
  journal: Journal;
  /** The record as it is now, read beside the journal: a write there must still find what it has read itself. */
  peek(): Promise<ReleaseRecord | undefined>;
  traffic: Traffic;
  /** Undefined where nobody can run Pulumi (the watcher in the cluster): then only traffic is moved. */
  stack?: Stack;
  smoke: SmokeTest;
  /** Asks the gates. */
  look(record: ReleaseRecord): Promise<Look>;
  /** In the background: returns at once. */
  announce: (
    event: Announcement["event"],
    record: ReleaseRecord,
    more?: { weights?: Weights; look?: Look },
  ) => void;
  by: string;
  tell(line: string): void;
  /** Seconds between two looks at the gates. */
  everySeconds: number;
  /** The same while they cannot say: right after a step there are no figures yet, and the first ones count most. */
  undecidedSeconds: number;
  /** The share of errors below which the old version counts as recovered after a rollback. */
  recoveredBelow: number;
}

/** Seconds until the gates are asked again, after what they have answered. */
export const secondsToNextLook = (
  { everySeconds, undecidedSeconds }: Pick<Doors, "everySeconds" | "undecidedSeconds">,
  answer: Verdict["answer"] | undefined,
): number => (answer === "hold" ? Math.min(everySeconds, undecidedSeconds) : everySeconds);
