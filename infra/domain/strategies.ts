/** One step of the way from the old version to the new one. */
export interface StrategyStep {
  /** Whole percent of the traffic for the new version. */
  percent: number;
  /** Seconds that the gates have to be content before the next step. */
  minSoakSeconds: number;
  /** Seconds after which a step that the gates still hold is rolled back. */
  maxSoakSeconds: number;
}

const minutes = (n: number): number => n * 60;
const hours = (n: number): number => n * 3600;

/**
 * The ways to release that have a name, as data.
 * - instant: everything at once; the gates still watch what follows.
 * - five: a first twentieth, then everything.
 * - fast: three steps within minutes, for a change that is small and well tested.
 * - staged: a working day or two; each step as long as it takes for users of all kinds to come by.
 */
export const strategies = {
  instant: [{ percent: 100, minSoakSeconds: minutes(5), maxSoakSeconds: minutes(30) }],
  five: [
    { percent: 5, minSoakSeconds: minutes(10), maxSoakSeconds: hours(1) },
    { percent: 100, minSoakSeconds: minutes(5), maxSoakSeconds: minutes(30) },
  ],
  fast: [
    { percent: 10, minSoakSeconds: minutes(5), maxSoakSeconds: minutes(30) },
    { percent: 50, minSoakSeconds: minutes(5), maxSoakSeconds: minutes(30) },
    { percent: 100, minSoakSeconds: minutes(5), maxSoakSeconds: minutes(30) },
  ],
  staged: [
    { percent: 0, minSoakSeconds: hours(1), maxSoakSeconds: hours(2) },
    { percent: 10, minSoakSeconds: hours(2), maxSoakSeconds: hours(4) },
    { percent: 25, minSoakSeconds: hours(4), maxSoakSeconds: hours(8) },
    { percent: 50, minSoakSeconds: hours(8), maxSoakSeconds: hours(24) },
    { percent: 100, minSoakSeconds: hours(1), maxSoakSeconds: hours(4) },
  ],
} as const satisfies Record<string, readonly StrategyStep[]>;

/** Names that config can choose; `own` means the steps that config lists itself. */
export const strategyNames = ["instant", "five", "fast", "staged", "own"] as const;
export type StrategyName = (typeof strategyNames)[number];

/** The steps that a release takes. */
export function strategySteps(release: {
  strategy: StrategyName;
  steps: readonly StrategyStep[];
}): readonly StrategyStep[] {
  return release.strategy === "own" ? release.steps : strategies[release.strategy];
}
