import { ApiUnreachable } from "../infra/cluster/client.ts";
import { JournalConflict } from "../infra/cluster/journal.ts";
import { configWeights } from "../infra/domain/journal.ts";
import { imageVersion } from "../infra/domain/image.ts";
import type { TrafficConfig } from "../infra/domain/traffic.ts";
import { NotReady } from "./adapters/cluster.ts";
import { announceChange, announceRecovery } from "./announceChange.ts";
import { secondsToNextLook, type Doors } from "./doors.ts";
import {
  config as wantedConfig,
  isOver,
  next,
  rollingBack,
  stableWeights,
  stepWeights,
  type Action,
  type World,
} from "./domain/machine.ts";
import type { JournalEntry, ReleaseRecord } from "./domain/record.ts";
import { ReleaseError } from "./errors.ts";
import type { Look, NewEntry } from "./ports.ts";
import { refusal, updateStack } from "./updateStack.ts";

export interface Waiting {
  what: string;
  /** Milliseconds since 1970. */
  until?: number;
}

/** Where driving ended. */
export interface Outcome {
  record: ReleaseRecord;
  /** What it waits for; undefined when it is over or the goal is reached. */
  waiting?: Waiting;
}

export interface Goal {
  /** Ends as soon as there is nothing to do but to wait, instead of waiting. */
  once: boolean;
  /** Ends when the release is that far. */
  until(record: ReleaseRecord): boolean;
}

/** Up to a promotion or a rollback: what a person at a terminal waits for. */
export const toPromotion: Goal = {
  once: false,
  until: (record) => record.phase === "promoted" || isOver(record),
};

const pollMs = 500;
/** An API server that is away longer than an upgrade of it takes is a person's business. */
const apiPatienceMs = 600_000;
/**
 * Milliseconds that a cluster takes to catch up with an API server that was away. Its controllers and nodes ask again
 * after up to a minute (30 s and jitter, client-go's reflectors), and some of them wait for others.
 */
const settlingMs = 120_000;
/** Samples are for charts: more than these only make the journal long. */
const sampleEveryMs = 10_000;

const trafficOf = (config: TrafficConfig) => ({ config, weights: configWeights(config) });

const kept = (record: ReleaseRecord): { record?: ReleaseRecord } =>
  isOver(record) || record.phase === "promoted" ? { record } : {};

/** An update failed, but the API server was away: the same update is tried again. */
class FailedInOutage extends ApiUnreachable {}

/** Drives the release of an environment until the goal. Keeps nothing: whatever it needs is in the journal. */
export class Driver {
  readonly #doors: Doors;
  #lastVerdict: string | undefined;
  #lastSample = 0;
  #lastTold = "";
  #lastLook: Look | undefined;
  /** When the API server was last seen away. */
  #awayAt = -Infinity;

  constructor(doors: Doors) {
    this.#doors = doors;
  }

  async drive(goal: Goal, signal?: AbortSignal): Promise<Outcome> {
    const { clock } = this.#doors;
    let awaySince: number | undefined;
    for (;;) {
      signal?.throwIfAborted();
      try {
        const outcome = await this.#step(goal, signal);
        if (outcome) return outcome;
        awaySince = undefined;
      } catch (error) {
        // Somebody paused, promoted or rolled back meanwhile: what comes next is decided anew.
        if (error instanceof JournalConflict) continue;
        if (!(error instanceof ApiUnreachable)) throw error;
        // Traffic goes on as it is without an API server, and nothing can be done about it.
        awaySince ??= clock.now();
        if (clock.now() - awaySince > apiPatienceMs) throw error;
        if (!(error instanceof FailedInOutage)) this.#awayAt = clock.now();
        this.#tell(error.message);
        await clock.sleep(pollMs, signal);
      }
    }
  }

  async #step(goal: Goal, signal?: AbortSignal): Promise<Outcome | undefined> {
    const record = await this.#doors.journal.current();
    if (!record) throw new ReleaseError("There is no release yet; release start VERSION makes one.");
    if (goal.until(record)) return { record };
    const action = next(record, await this.#world(record));
    if (action.do === "rest") return { record };
    if (action.do === "watch" || (action.do === "update" && !this.#doors.stack)) {
      const waiting: Waiting =
        action.do === "watch" ? action : { what: `${action.name}, by somebody who can run Pulumi` };
      if (goal.once) return { record, waiting };
      await this.#wait(waiting, signal);
    } else await this.#perform(record, action, signal);
    return undefined;
  }

  /**
   * Brings all traffic back, before anything else. What remains (config and stack) is `drive`'s.
   * @throws NotReady when the colour to go back to is not ready.
   */
  async moveBack(record: ReleaseRecord): Promise<ReleaseRecord> {
    const { journal, traffic, clock } = this.#doors;
    const weights = stableWeights(record);
    await journal.write(record, this.#entry("intent", "rollback", record, { weights }));
    await traffic.move(weights);
    const moved = { ...record, moved: clock.now() };
    const config = wantedConfig.rolledBack(record);
    await journal.write(moved, this.#entry("done", "rollback", record, { weights, config }));
    return moved;
  }

  async #world(record: ReleaseRecord): Promise<World> {
    const { clock, traffic } = this.#doors;
    const live = await traffic.weights();
    const world: World = { now: clock.now(), live, awayAt: this.#awayAt };
    if (record.phase === "rollingBack") {
      const shortages = live?.[record.candidate] === 0 ? [] : await traffic.shortages(stableWeights(record));
      return shortages.length > 0 ? { ...world, stableShort: shortages.join("; ") } : world;
    }
    const asked =
      record.gated &&
      (record.phase === "promoted" || (record.phase === "ramping" && record.reached !== undefined));
    if (!asked) return world;
    const look = await this.#doors.look(record);
    await this.#note(record, look);
    return { ...world, now: clock.now(), verdict: look.verdict };
  }

  /** Samples for the report now and then, and what the gates say whenever that changes. */
  async #note(record: ReleaseRecord, { verdict, signals }: Look): Promise<void> {
    const entries: NewEntry[] = [];
    const said = `${verdict.answer}: ${verdict.reasons.join("; ")}`;
    if (verdict.answer !== this.#lastVerdict)
      entries.push(this.#entry("verdict", said, record, { verdict, signals }));
    if (signals.at - this.#lastSample >= sampleEveryMs) {
      const step = record.steps[record.step];
      const weights = record.phase === "ramping" && step ? { weights: stepWeights(record, step) } : {};
      entries.push(this.#entry("sample", "sample", record, { signals, ...weights }));
      this.#lastSample = signals.at;
    }
    this.#lastVerdict = verdict.answer;
    this.#lastLook = { verdict, signals };
    if (entries.length > 0) await this.#doors.journal.write(undefined, ...entries);
  }

  async #wait(
    { what, until }: { what: string; until?: number | undefined },
    signal?: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#doors;
    this.#tell(what + (until === undefined ? "" : `, until ${new Date(until).toISOString()}`));
    const rest = until === undefined ? Infinity : Math.max(until - clock.now(), 100);
    const seconds = secondsToNextLook(this.#doors, this.#lastLook?.verdict.answer);
    await clock.sleep(Math.min(seconds * 1000, rest), signal);
  }

  async #perform(
    record: ReleaseRecord,
    action: Exclude<Action, { do: "watch" | "rest" }>,
    signal?: AbortSignal,
  ) {
    switch (action.do) {
      case "update":
        return this.#update(record, action, signal);
      case "verify":
        return this.#verify(record, action.then, signal);
      case "move":
        try {
          await this.moveBack(record);
        } catch (error) {
          // It was ready a moment ago: the next round waits for it.
          if (!(error instanceof NotReady)) throw error;
          await this.#doors.clock.sleep(pollMs, signal);
        }
        return;
      case "become":
        await this.#become(record, action.then, action.name);
    }
  }

  async #become(record: ReleaseRecord, then: ReleaseRecord, name: string) {
    const { journal } = this.#doors;
    // What it ended with: a later report, and production's search for staging's image, find it there.
    const last = then.steps.at(-1);
    const end = then.phase === "promoted" && last ? trafficOf(wantedConfig.step(then, last)) : {};
    await journal.write(then, this.#entry("done", name, then, { ...end, ...kept(then) }));
    this.#tell(
      then.reason !== undefined && then.phase === "rollingBack" ? `rolling back: ${then.reason}` : name,
    );
    announceChange(this.#doors, record, then, this.#lastLook);
  }

  async #verify(record: ReleaseRecord, then: ReleaseRecord, signal?: AbortSignal): Promise<void> {
    const { clock, smoke, traffic } = this.#doors;
    const [first] = record.steps;
    // At 0 % nothing is asked of the guard; the candidate has to be ready all the same.
    const weights = stepWeights(record, {
      percent: 1,
      minSoakSeconds: 0,
      maxSoakSeconds: 0,
      ...(first?.percent ? first : {}),
    });
    const end = Math.max(record.since, this.#awayAt) + record.route.readyTimeoutSeconds * 1000;
    let shortages = await traffic.shortages(weights);
    while (shortages.length > 0) {
      if (clock.now() >= end) return this.#giveUp(record, `not ready: ${shortages.join("; ")}`);
      this.#tell(`waiting for pods: ${shortages.join("; ")}`);
      await clock.sleep(pollMs, signal);
      shortages = await traffic.shortages(weights);
    }
    const results = await smoke.run(record.candidate, imageVersion(record.image));
    const mistakes = results.flatMap(({ mistake }) => mistake ?? []);
    if (mistakes.length > 0) return this.#giveUp(record, `smoke test failed: ${mistakes.join(" ")}`);
    await this.#become(record, then, `${record.candidate} is ready; ${results.length} smoke tests passed`);
  }

  /** Ends an attempt for a reason that is not the gates'. */
  #giveUp(record: ReleaseRecord, reason: string): Promise<void> {
    return this.#become(record, rollingBack(record, this.#doors.clock.now(), reason), "rollback");
  }

  async #update(
    record: ReleaseRecord,
    action: Extract<Action, { do: "update" }>,
    signal?: AbortSignal,
  ): Promise<void> {
    const { clock, journal, stack } = this.#doors;
    if (!stack) return;
    const { name, config } = action;
    await journal.write(record, this.#entry("intent", name, record, trafficOf(config)));
    this.#tell(name);
    const began = clock.now();
    const outcome = await updateStack(this.#doors, stack, record, config, signal);
    if (outcome === "overtaken") return;
    if (outcome !== "confirmed") {
      if (outcome.away) this.#awayAt = clock.now();
      // It says nothing about the release, whatever it looks like: pods, for one, become ready later.
      if (began < this.#awayAt + settlingMs) throw new FailedInOutage(outcome.error.message);
      return this.#giveUp(record, `${name} failed: ${refusal(record, outcome)}`);
    }
    const now = clock.now();
    const then = { ...action.then, since: now, ...(action.then.reached !== undefined && { reached: now }) };
    await journal.write(then, this.#entry("done", name, then, { ...trafficOf(config), ...kept(then) }));
    this.#tell(`${name}: done in ${((now - began) / 1000).toFixed(1)} s`);
    announceChange(this.#doors, record, then, this.#lastLook);
    if (then.phase === "rolledBack") await announceRecovery(this.#doors, then);
  }

  #entry(
    kind: JournalEntry["kind"],
    action: string,
    record: ReleaseRecord,
    more: Partial<JournalEntry> = {},
  ): NewEntry {
    return { at: this.#doors.clock.now(), release: record.id, kind, action, by: this.#doors.by, ...more };
  }

  #tell(line: string): void {
    if (line !== this.#lastTold) this.#doors.tell(line);
    this.#lastTold = line;
  }
}
