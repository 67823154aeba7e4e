import { findShortages, type Shortage } from "../../infra/cluster/readiness.ts";
import { colors, other, type Color, type Weights } from "../../infra/domain/traffic.ts";
import type { LiveCluster, LiveRoute } from "../../infra/cluster/liveCluster.ts";

/** Where a guard says what it is waiting for. */
export type Progress = (line: string) => void;

/** Time, so that tests need none. */
export interface Clock {
  /** Milliseconds, from anywhere. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

export interface ReadyGuard {
  cluster: LiveCluster;
  /** Name of the service, and before "-blue" and "-green" of its Deployments. */
  name: string;
  /** The weights that the route is about to get. */
  next: Weights;
  /** Fewest ready pods of a colour with traffic. */
  minReady: number;
  timeoutSeconds: number;
  progress: Progress;
  clock: Clock;
}

const pollMs = 250;
/** An autoscaler looks every 15 s: after three times it has had its say. */
const settledSeconds = 45;

/**
 * Returns when every colour whose share grows is fully rolled out and has enough ready pods for it; throws a sentence
 * when that has not happened in time. A colour whose share shrinks or stays is relieved, so it is not asked.
 */
export async function waitUntilReady(guard: ReadyGuard): Promise<void> {
  const start = guard.clock.now();
  const tell = withoutRepeats(guard.progress);
  for (let waited = 0; ; waited = (guard.clock.now() - start) / 1000) {
    const snapshot = await guard.cluster.snapshot();
    const shortages = findShortages(guard, snapshot);
    if (shortages.length === 0) return;
    const hopeless = waited >= settledSeconds && shortages.every(({ settled }) => settled);
    if (waited >= guard.timeoutSeconds || hopeless) {
      throw new Error(await refusal(guard, snapshot.route, shortages, Math.round(waited)));
    }
    const waiting = shortages.map(({ color, what }) => `${color} ${what}`).join("; ");
    tell(`waiting for ready pods (at most ${guard.timeoutSeconds} s): ${waiting}`);
    await guard.clock.sleep(pollMs);
  }
}

/** Every poll finds something to say; a person wants to read it once. */
function withoutRepeats(progress: Progress): Progress {
  let last: string | undefined;
  return (line) => {
    if (line !== last) progress(line);
    last = line;
  };
}

/** What a preview can say: the shortages as they are now. A colour that does not exist yet will be made first. */
export async function previewReady(guard: Omit<ReadyGuard, "clock" | "progress">): Promise<string[]> {
  const snapshot = await guard.cluster.snapshot();
  return findShortages(guard, snapshot)
    .filter(({ color }) => snapshot.colors[color].deployment !== undefined)
    .map(
      ({ color, what }) =>
        `${color} ${what}; the update will wait up to ${guard.timeoutSeconds} s before it gives ${color} ${guard.next[color]} % of the traffic, and refuse after that`,
    );
}

async function refusal(
  guard: ReadyGuard,
  route: LiveRoute | undefined,
  shortages: Shortage[],
  waited: number,
): Promise<string> {
  const reasons = await Promise.all(
    shortages.map(async ({ color, wanted, what, settled }) => {
      const problems = settled
        ? [`its autoscaler asks for no more; set scaling.minReplicas to ${wanted}`]
        : await guard.cluster.problems(color);
      const why = problems.length > 0 ? `: ${problems.slice(0, 3).join("; ")}` : "";
      return `${color} may not take ${guard.next[color]} % of the traffic: after ${waited} s it ${what}${why}.`;
    }),
  );
  return `${reasons.join(" ")} ${whatStays(route)}`;
}

function whatStays(route: LiveRoute | undefined): string {
  if (!route) return "No route was made.";
  return `The traffic stays as it is: ${colors.map((color) => `${color} ${Math.round(route.weights[color])} %`).join(", ")}.`;
}

/** Why a change of a colour's pod template is refused, or undefined when the colour carries no traffic now. */
export async function liveChangeMistake(change: {
  cluster: LiveCluster;
  color: Color;
  oldTemplate: unknown;
  newTemplate: unknown;
}): Promise<string | undefined> {
  const { color, oldTemplate, newTemplate } = change;
  const paths = changedPaths(oldTemplate, newTemplate);
  if (paths.length === 0) return undefined;
  const weight = (await change.cluster.route())?.weights[color] ?? 0;
  if (weight === 0) return undefined;
  const what = paths.slice(0, 5).join(", ") + (paths.length > 5 ? ` and ${paths.length - 5} more` : "");
  const idle = other(color);
  return (
    `${color} carries ${Math.round(weight)} % of the traffic, so its pods may not change (${what}). ` +
    `Give ${idle} the change (images.${idle}) and move the traffic there, or set allowLiveChange to true for this one update.`
  );
}

/** Why a colour may not be retired, or undefined when it carries no traffic now. */
export async function retireMistake(cluster: LiveCluster, color: Color): Promise<string | undefined> {
  const weight = (await cluster.route())?.weights[color] ?? 0;
  if (weight === 0) return undefined;
  return (
    `${color} carries ${Math.round(weight)} % of the traffic, so it may not be retired. ` +
    `Set idleSize to warm for the update that moves the traffic, and to standby in a later one.`
  );
}

/** Paths at which two templates differ. Never values: environment variables may be secret. */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (!isTree(before) || !isTree(after)) return before === after ? [] : [path || "all of it"];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const step = Array.isArray(before) || Array.isArray(after) ? `[${key}]` : path ? `.${key}` : key;
    return changedPaths(before[key], after[key], path + step);
  });
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export interface AcceptedGuard {
  cluster: LiveCluster;
  name: string;
  timeoutSeconds: number;
  progress: Progress;
  clock: Clock;
}

/**
 * Returns when every gateway has accepted the route as it is now and found its Services; throws a sentence when that
 * has not happened in time. Until then the gateway may still send traffic by the old weights.
 */
export async function waitUntilAccepted(guard: AcceptedGuard): Promise<void> {
  const start = guard.clock.now();
  const tell = withoutRepeats(guard.progress);
  for (let waited = 0; ; waited = (guard.clock.now() - start) / 1000) {
    const missing = notAccepted(await guard.cluster.route());
    if (missing === undefined) return;
    if (waited >= guard.timeoutSeconds) {
      throw new Error(`HTTPRoute ${guard.name} was changed, but after ${guard.timeoutSeconds} s ${missing}.`);
    }
    tell(`waiting for the gateway (at most ${guard.timeoutSeconds} s): ${missing}`);
    await guard.clock.sleep(waited < 2 ? pollMs / 5 : pollMs);
  }
}

function notAccepted(route: LiveRoute | undefined): string | undefined {
  if (!route) return "it is gone";
  if (route.parents.length === 0) {
    return "no gateway has said anything about it; does the Gateway exist, and does its controller run?";
  }
  for (const { name, conditions } of route.parents) {
    for (const type of ["Accepted", "ResolvedRefs"]) {
      const found = conditions.find((condition) => condition.type === type);
      if ((found?.observedGeneration ?? 0) < route.generation) return `gateway ${name} has not looked at it`;
      if (found?.status !== "True") {
        return `gateway ${name} says ${type} is ${found?.status ?? "unknown"}: ${found?.message ?? found?.reason ?? "no reason"}`;
      }
    }
  }
  return undefined;
}
