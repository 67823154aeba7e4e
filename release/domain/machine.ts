import { routeWeights, type TrafficConfig, type Weights } from "../../infra/domain/traffic.ts";
import type { ReleaseRecord, Step } from "./record.ts";
import type { Verdict } from "./signals.ts";

/** What is so outside the journal, as far as it matters to the phase. */
export interface World {
  now: number;
  /** Weights of the live route; undefined when there is no route. */
  live: Weights | undefined;
  /** The gates' newest answer about the candidate; undefined when it has not been asked for. */
  verdict?: Verdict;
  /** When the API server was last away: nobody could look then, so limits of time begin anew. */
  awayAt?: number;
  /** Rolling back: why `stable` may not take the traffic (too few ready pods); undefined when it may. */
  stableShort?: string;
}

/** The one thing to do next. Everything that is done can be done again: a killed driver's successor does so. */
export type Action =
  /** Writes the config and runs `pulumi up`; then the release is `then`. */
  | { do: "update"; name: string; config: TrafficConfig; then: ReleaseRecord }
  /** Waits until the candidate is ready and runs the smoke tests; then the release is `then`, or rolled back. */
  | { do: "verify"; then: ReleaseRecord }
  /** Moves traffic past the stack, by the route alone; then the release is `then`. */
  | { do: "move"; weights: Weights; then: ReleaseRecord }
  /** The release is `then` from now on. */
  | { do: "become"; name: string; then: ReleaseRecord }
  /** Nothing to do but to look again, until something changes or the time has come. */
  | { do: "watch"; what: string; until?: number }
  /** It is over. */
  | { do: "rest" };

/** The config that each phase wants, and that a rollback leaves. */
export const config = {
  /** The new image beside the running one, without traffic. */
  prepared: (record: ReleaseRecord): TrafficConfig => ({
    activeColor: record.stable,
    canaryWeight: 0,
    images: { ...record.before.images, [record.candidate]: record.image },
    idleSize: "warm",
  }),
  step: (record: ReleaseRecord, { percent }: Step): TrafficConfig =>
    percent === 100
      ? { ...config.prepared(record), activeColor: record.candidate }
      : { ...config.prepared(record), canaryWeight: percent },
  retired: (record: ReleaseRecord): TrafficConfig => ({
    ...config.prepared(record),
    activeColor: record.candidate,
    idleSize: "standby",
  }),
  /**
   * What was tried stays up to be looked into, without traffic. Only what never became ready is taken back, else every
   * later update of the stack would wait for it.
   */
  rolledBack: (record: ReleaseRecord): TrafficConfig =>
    record.endedPhase === "preparing"
      ? { ...record.before, activeColor: record.stable, canaryWeight: 0 }
      : config.prepared(record),
} as const;

/** The weights that a step gives the route. */
export const stepWeights = (record: ReleaseRecord, step: Step): Weights =>
  routeWeights(record.stable, step.percent);

/** All traffic on the colour that was there before. */
export const stableWeights = (record: ReleaseRecord): Weights => routeWeights(record.stable, 0);

/** What the route had when a release was ended; undefined where its candidate had no traffic yet. */
export function endedWeights(record: ReleaseRecord): Weights | undefined {
  const { endedPhase, reached, step, steps } = record;
  const reachedStep = endedPhase === "ramping" && reached !== undefined ? steps[step] : undefined;
  const last = endedPhase === "promoted" ? steps.at(-1) : reachedStep;
  return last && stepWeights(record, last);
}

export const isOver = ({ phase }: ReleaseRecord): boolean =>
  phase === "done" || phase === "rolledBack" || phase === "failed";

/** Neither watched to its end nor given up: a new release has to wait. */
export const isUnderWay = (record: ReleaseRecord): boolean => !isOver(record) && record.phase !== "promoted";

/** A record without what does not hold any more. */
export function without<K extends keyof ReleaseRecord>(
  record: ReleaseRecord,
  ...keys: K[]
): Omit<ReleaseRecord, K> {
  const gone: readonly string[] = keys;
  return Object.fromEntries(Object.entries(record).filter(([key]) => !gone.includes(key))) as Omit<
    ReleaseRecord,
    K
  >;
}

/** What comes next. Asks nothing but its arguments, and keeps nothing: every process comes to the same answer. */
export function next(record: ReleaseRecord, world: World): Action {
  switch (record.phase) {
    case "preparing":
      return {
        do: "update",
        name: `deploy ${record.candidate}`,
        config: config.prepared(record),
        then: { ...record, phase: "verifying", since: world.now },
      };
    case "verifying":
      if (record.paused !== undefined) return waiting(record.paused);
      return { do: "verify", then: { ...record, phase: "ramping", step: 0, since: world.now } };
    case "ramping":
      return ramp(record, world);
    case "promoted":
      return afterwards(record, world);
    case "rollingBack":
      return back(record, world);
    case "done":
    case "rolledBack":
    case "failed":
      return { do: "rest" };
  }
}

const waiting = (paused: string): Action => ({ do: "watch", what: `paused: ${paused}` });

function ramp(record: ReleaseRecord, world: World): Action {
  const step = record.steps[record.step];
  if (!step) return promoted(record, world);
  const { verdict, now } = world;
  if (record.gated && verdict?.answer === "rollback" && carriesTraffic(record, world))
    return rollBack(record, now, verdict.reasons.join("; "));
  if (record.reached === undefined) {
    if (record.paused !== undefined) return waiting(record.paused);
    return {
      do: "update",
      name: step.percent === 100 ? `promote ${record.version}` : `weight ${step.percent}`,
      config: config.step(record, step),
      then: { ...record, reached: now },
    };
  }
  const wanted = stepWeights(record, step);
  if (world.live?.[record.candidate] !== wanted[record.candidate]) {
    if (record.paused !== undefined) return waiting(record.paused);
    return pause(
      record,
      `the route has ${shown(world.live)}, not ${shown(wanted)}: somebody else moved traffic`,
    );
  }
  const soaked = record.hurried === true ? now : record.reached + step.minSoakSeconds * 1000;
  const limit = sinceOutage(record.reached, world) + step.maxSoakSeconds * 1000;
  if (record.hurried === true || !record.gated)
    return now < soaked ? soaking(record, step, soaked) : advance(record, world);
  if (record.paused !== undefined) return waiting(record.paused);
  if (verdict === undefined) return soaking(record, step, soaked);
  if (verdict.answer === "pause") return pause(record, verdict.reasons.join("; "));
  if (verdict.answer === "hold") {
    if (now < limit)
      return {
        do: "watch",
        what: `${percentText(step)}, on hold: ${verdict.reasons.join("; ")}`,
        until: limit,
      };
    const reason = `${percentText(step)} was on hold for ${step.maxSoakSeconds} s: ${verdict.reasons.join("; ")}`;
    return rollBack(record, now, reason);
  }
  return now < soaked ? soaking(record, step, soaked) : advance(record, world);
}

const sinceOutage = (since: number, { awayAt = since }: World): number => Math.max(since, awayAt);

const percentText = ({ percent }: Step): string => `${percent} %`;

const soaking = (record: ReleaseRecord, step: Step, until: number): Action => ({
  do: "watch",
  what: `${percentText(step)}, step ${record.step + 1} of ${record.steps.length}`,
  until,
});

/** A rollback of traffic needs traffic; before that, smoke tests and the ready guard have the word. */
const carriesTraffic = (record: ReleaseRecord, { live }: World): boolean =>
  record.reached !== undefined || (live?.[record.candidate] ?? 0) > 0;

function advance(record: ReleaseRecord, world: World): Action {
  if (record.step + 1 >= record.steps.length) return promoted(record, world);
  return {
    do: "become",
    name: `step ${record.step + 2} of ${record.steps.length}`,
    then: { ...without(record, "reached"), step: record.step + 1, since: world.now },
  };
}

function promoted(record: ReleaseRecord, { now }: World): Action {
  return {
    do: "become",
    name: `promoted ${record.version}`,
    then: { ...without(record, "paused"), phase: "promoted", since: now },
  };
}

const pause = (record: ReleaseRecord, reason: string): Action => ({
  do: "become",
  name: "pause",
  then: { ...record, paused: reason },
});

/** The release as it is from the moment that it is to be rolled back. */
export function rollingBack(record: ReleaseRecord, now: number, reason: string): ReleaseRecord {
  const rest = without(record, "paused", "moved", "hurried", "warming");
  return { ...rest, phase: "rollingBack", endedPhase: record.phase, since: now, reason };
}

const rollBack = (record: ReleaseRecord, now: number, reason: string): Action => ({
  do: "become",
  name: "rollback",
  then: rollingBack(record, now, reason),
});

function afterwards(record: ReleaseRecord, { verdict, now, live }: World): Action {
  const watched = record.since + record.watchSeconds * 1000;
  const warm = record.since + record.keepWarmSeconds * 1000;
  if (record.gated && now < watched && verdict?.answer === "rollback")
    return rollBack(record, now, verdict.reasons.join("; "));
  const until = Math.max(watched, warm);
  if (now < until) return { do: "watch", what: `${record.version} is production`, until };
  if (live?.[record.stable] !== 0)
    // Somebody went back by hand since: then there is nothing to retire.
    return { do: "become", name: "close", then: { ...record, phase: "done", since: now } };
  return {
    do: "update",
    name: `retire ${record.stable}`,
    config: config.retired(record),
    then: { ...record, phase: "done", since: now },
  };
}

function back(record: ReleaseRecord, world: World): Action {
  const { live, now, stableShort } = world;
  const wanted = stableWeights(record);
  if (live !== undefined && live[record.candidate] !== 0) {
    if (stableShort === undefined) return { do: "move", weights: wanted, then: { ...record, moved: now } };
    return revive(record, world, stableShort);
  }
  return {
    do: "update",
    name: `confirm ${record.stable}`,
    config: config.rolledBack(record),
    then: { ...record, phase: "rolledBack", moved: record.moved ?? now, since: now },
  };
}

/** Makes a colour that was retired, or has lost pods, ready for the traffic again. */
function revive(record: ReleaseRecord, world: World, short: string): Action {
  const { now } = world;
  // Only what had all the traffic can have had the other colour retired behind it.
  if (record.warming === undefined && record.endedPhase !== "ramping") {
    return {
      do: "update",
      name: `warm ${record.stable}`,
      // The same weights as now: the guard would refuse others.
      config: { ...config.prepared(record), activeColor: record.candidate },
      then: { ...record, warming: now, since: now },
    };
  }
  const limit = sinceOutage(record.since, world) + record.route.readyTimeoutSeconds * 1000;
  if (now < limit) return { do: "watch", what: short, until: limit };
  const reason = `${record.reason ?? "rollback"}; but ${short}, and may not take the traffic`;
  return { do: "become", name: "fail", then: { ...record, phase: "failed", since: now, reason } };
}

export const shown = (weights: Weights | undefined): string =>
  weights === undefined
    ? "no weights"
    : `blue ${Math.round(weights.blue)} %, green ${Math.round(weights.green)} %`;
