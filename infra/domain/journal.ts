import { routeWeights, type Color, type TrafficConfig, type Weights } from "./traffic.ts";

/** What every line of an environment's journal has. */
export interface Line {
  /** Counts up by one within an environment. */
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  /** Id of the release; undefined for a switch by hand. */
  release?: string;
  kind: string;
}

/** A line that says what is so from now on: an update of the stack leaves one, and the driver's own steps do. */
export interface Switched extends Line {
  kind: "switched" | "done";
  action: string;
  /** user@host, or the workflow's run. */
  by: string;
  weights: Weights;
  config: TrafficConfig;
}

/** The parts of the traffic config that one change of a resource made true. */
export type Applied = Partial<TrafficConfig>;

/** What is so after a change: what was so before, and the change. */
export function appliedConfig(before: TrafficConfig, change: Applied): TrafficConfig {
  return { ...before, ...change, images: { ...before.images, ...change.images } };
}

/** `activeColor green, canaryWeight 10, images.blue app:1.0.0`, or undefined where the change changes nothing. */
export function appliedText(before: TrafficConfig, change: Applied): string | undefined {
  const after = appliedConfig(before, change);
  const parts = [
    ...(["activeColor", "canaryWeight", "idleSize"] as const)
      .filter((key) => after[key] !== before[key])
      .map((key) => `${key} ${after[key]}`),
    ...(["blue", "green"] as const)
      .filter((color) => after.images[color] !== before.images[color])
      .map((color) => `images.${color} ${after.images[color] ?? "none"}`),
  ];
  return parts.length > 0 ? parts.join(", ") : undefined;
}

/** The newest traffic config that a journal knows. What was only about to be done is not so. */
export function newestConfig(lines: readonly Line[]): Switched | undefined {
  return lines.findLast(isSwitched);
}

const isSwitched = (line: Line): line is Switched =>
  (line.kind === "switched" || line.kind === "done") && "config" in line && line.config !== undefined;

export const configWeights = (config: TrafficConfig): Weights =>
  routeWeights(config.activeColor, config.canaryWeight);

/** Who does it, for people: the workflow's run, or `user@host`. */
export function author(
  env: Readonly<Record<string, string | undefined>>,
  user: string,
  host: string,
): string {
  if (env.GITHUB_RUN_ID === undefined) return `${user}@${host}`;
  const run = `${env.GITHUB_SERVER_URL ?? ""}/${env.GITHUB_REPOSITORY ?? ""}/actions/runs/${env.GITHUB_RUN_ID}`;
  return `${env.GITHUB_ACTOR ?? "somebody"}, ${run}`;
}

/** As much of the release under way as an update of the stack has to know. */
export interface UnderWay {
  id: string;
  phase: string;
  candidate: Color;
}

/** Why an update may not move traffic now, or undefined when it may. */
export function moveMistake(move: {
  live: Weights | undefined;
  next: Weights;
  current: UnderWay | undefined;
  /** Runs for the release driver. */
  driver: boolean;
  /** Runs in a workflow. */
  ci: boolean;
  stack: string;
}): string | undefined {
  const { live, next, current, driver, ci, stack } = move;
  if (driver || !live || (live.blue === next.blue && live.green === next.green)) return undefined;
  if (ci) {
    return (
      `In CI only the release driver moves traffic, and this update would (green from ${Math.round(live.green)} % to ${next.green} %). ` +
      `Take over what is so: npm run release -- sync -s ${stack}; or move it: npm run release -- start VERSION -s ${stack}, or rollback.`
    );
  }
  if (current?.phase === "rollingBack" && next[current.candidate] > live[current.candidate]) {
    return (
      `Release ${current.id} is being rolled back, so ${current.candidate} may not get more traffic. ` +
      `Finish that first: npm run release -- resume -s ${stack}`
    );
  }
  return undefined;
}

/** Far below the megabyte that a ConfigMap may have, and below what makes every write of it slow. */
export const journalBytes = 200_000;

/**
 * Drops lines until the journal fits: first every second of the samples, oldest releases first, then the oldest lines.
 * The newest switch stays whatever happens: it is the truth about traffic.
 */
export function thinned(lines: readonly string[], maxBytes = journalBytes): string[] {
  let kept = lines.map((text) => ({ text, line: JSON.parse(text) as Line }));
  const size = () => kept.reduce((sum, { text }) => sum + text.length + 1, 0);
  while (size() > maxBytes) {
    const samples = kept.filter(({ line }) => line.kind === "sample");
    // Fewer than these do not make a chart any more, nor do they take much room.
    if (samples.length < 20) break;
    // The older half is thinned, so that what is being watched keeps its detail longest.
    const older = new Set(samples.slice(0, Math.ceil(samples.length / 2)).filter((_, n) => n % 2 === 1));
    kept = kept.filter((entry) => !older.has(entry));
  }
  const newest = kept.findLast(({ line }) => isSwitched(line));
  while (size() > maxBytes && kept.length > 1) {
    const oldest = kept.findIndex((entry) => entry !== newest);
    kept.splice(oldest, 1);
  }
  return kept.map(({ text }) => text);
}
