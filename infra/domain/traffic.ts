/** The two slots of an environment. Which one is production is config (`activeColor`), never part of a name. */
export const colors = ["blue", "green"] as const;

export type Color = (typeof colors)[number];

/** Share of the traffic by colour, in whole percents; a colour that is not there has no share. */
export type Weights = Readonly<Record<Color, number>>;

export function other(color: Color): Color {
  return color === "blue" ? "green" : "blue";
}

/** The shares for a production colour and a canary share (0-100, whole percent) on the other one; they sum to 100. */
export function routeWeights(activeColor: Color, canaryWeight: number): Weights {
  return activeColor === "blue"
    ? { blue: 100 - canaryWeight, green: canaryWeight }
    : { blue: canaryWeight, green: 100 - canaryWeight };
}

/**
 * How many ready pods a colour needs before it may take `weight` percent: as many as carry that share today,
 * and never fewer than `minReady`. Without a share it needs none.
 */
export function wantedReady(need: { weight: number; servingReady: number; minReady: number }): number {
  if (need.weight <= 0) return 0;
  return Math.max(need.minReady, Math.ceil((need.weight * need.servingReady) / 100));
}

/**
 * The colour whose ready pods say how much capacity today's traffic takes, seen by a colour that is about to take
 * more: the one with the larger share now; at equal shares the other one; undefined when none serves yet.
 */
export function servingColor(live: Weights | undefined, rising: Color): Color | undefined {
  if (!live || live.blue + live.green === 0) return undefined;
  const rival = other(rising);
  return live[rising] > live[rival] ? rising : rival;
}

/** The colours that a change of weights asks to carry more than now; only these can be short of pods because of it. */
export function risingColors(live: Weights | undefined, next: Weights): Color[] {
  return colors.filter((color) => next[color] > (live?.[color] ?? 0));
}

/** What a stack's config says about traffic: all that a release changes, and all that it has to restore. */
export interface TrafficConfig {
  activeColor: Color;
  /** Whole percent of the traffic for the other colour. */
  canaryWeight: number;
  /** Immutable image reference by colour; a colour without one does not exist. */
  images: Readonly<Partial<Record<Color, string>>>;
  /** Size of the colour without traffic. */
  idleSize: "warm" | "standby";
}
