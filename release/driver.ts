import { ApiUnreachable } from "../infra/cluster/client.ts";
import { JournalConflict } from "../infra/cluster/journal.ts";
import { configWeights } from "../infra/domain/journal.ts";
import { imageVersion } from "../infra/domain/image.ts";
import { colors, type TrafficConfig, type Weights } from "../infra/domain/traffic.ts";
import { NotReady } from "./adapters/cluster.ts";
import { StackUnavailable, UpdateFailed } from "./adapters/stack.ts";
import {
  config as wantedConfig,
  isOver,
  next,
  rollingBack,
  shown,
  stableWeights,
  stepWeights,
  type Action,
  type World,
} from "./domain/machine.ts";
import type { JournalEntry, ReleaseRecord } from "./domain/record.ts";
import { exitCodes, ReleaseError } from "./errors.ts";
import type { Announcement, Clock, Journal, Look, NewEntry, SmokeTest, Stack, Traffic } from "./ports.ts";

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
/** Samples are for charts: more than these only make the journal long. */
const sampleEveryMs = 10_000;

const endState = (config: TrafficConfig) => ({ config, weights: configWeights(config) });

const kept = (record: ReleaseRecord): { record?: ReleaseRecord } =>
  isOver(record) || record.phase === "promoted" ? { record } : {};

/** Drives the release of an environment until the goal. Keeps nothing: whatever it needs is in the journal. */
export class Driver {
  readonly #doors: Doors;
  #lastVerdict: string | undefined;
  #lastSample = 0;
  #lastTold = "";
  #lastLook: Look | undefined;

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
    const world: World = { now: clock.now(), live };
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
    const { clock, everySeconds, undecidedSeconds } = this.#doors;
    this.#tell(what + (until === undefined ? "" : `, until ${new Date(until).toISOString()}`));
    const rest = until === undefined ? Infinity : Math.max(until - clock.now(), 100);
    const undecided = this.#lastLook?.verdict.answer === "hold";
    const seconds = undecided ? Math.min(everySeconds, undecidedSeconds) : everySeconds;
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
    const end = then.phase === "promoted" && last ? endState(wantedConfig.step(then, last)) : {};
    await journal.write(then, this.#entry("done", name, then, { ...end, ...kept(then) }));
    this.#tell(
      then.reason !== undefined && then.phase === "rollingBack" ? `rolling back: ${then.reason}` : name,
    );
    this.#announceChange(record, then);
  }

  #announceChange(before: ReleaseRecord, now: ReleaseRecord): void {
    const { announce } = this.#doors;
    if (before.phase !== now.phase) {
      const event = (
        {
          promoted: "promoted",
          rollingBack: "rollingBack",
          rolledBack: "rolledBack",
          done: "done",
          failed: "failed",
        } as const
      )[now.phase as string];
      if (event) announce(event, now, this.#lastLook && { look: this.#lastLook });
    } else if (now.paused !== undefined && before.paused === undefined)
      announce("paused", now, this.#lastLook && { look: this.#lastLook });
    else if (now.reached !== undefined && before.reached === undefined) {
      const step = now.steps[now.step];
      if (step) announce("step", now, { weights: stepWeights(now, step) });
    }
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
    const end = record.since + record.route.readyTimeoutSeconds * 1000;
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
    await journal.write(
      record,
      this.#entry("intent", name, record, { config, weights: configWeights(config) }),
    );
    this.#tell(name);
    stack.actFor(record.id);
    const began = clock.now();
    const overtaken = new AbortController();
    const stop = signal ? AbortSignal.any([signal, overtaken.signal]) : overtaken.signal;
    const watching = this.#overtake(record, overtaken);
    try {
      await stack.set(config);
      await stack.up((line) => this.#doors.tell(`  ${line}`), stop);
      await this.#confirm(stack, config, stop);
    } catch (error) {
      signal?.throwIfAborted();
      // Another process rolls back: its record decides what comes next.
      if (overtaken.signal.aborted) return;
      await this.#updateFailed(record, name, error);
      return;
    } finally {
      watching.end();
    }
    const now = clock.now();
    const then = { ...action.then, since: now, ...(action.then.reached !== undefined && { reached: now }) };
    await journal.write(
      then,
      this.#entry("done", name, then, { config, weights: configWeights(config), ...kept(then) }),
    );
    this.#tell(`${name}: done in ${((now - began) / 1000).toFixed(1)} s`);
    this.#announceChange(record, then);
    if (then.phase === "rolledBack") await this.#tellRecovery(then);
  }

  /** Whoever was alarmed by a rollback wants to know that users are well again. */
  async #tellRecovery(record: ReleaseRecord): Promise<void> {
    if (record.endedPhase !== "ramping" && record.endedPhase !== "promoted") return;
    const look = await this.#doors.look(record);
    const ratio = look.signals.colors[record.stable].errorRatio;
    if (ratio !== undefined && ratio < this.#doors.recoveredBelow)
      this.#doors.announce("recovered", record, { look });
  }

  /** Aborts an update as soon as the journal says that somebody brings the traffic back. */
  #overtake(record: ReleaseRecord, overtaken: AbortController): { end: () => void } {
    const over = new AbortController();
    const poll = async (): Promise<void> => {
      for (;;) {
        await this.#doors.clock.sleep(pollMs);
        const now = await this.#doors.peek().catch(() => record);
        if (over.signal.aborted || !now) return;
        const back = now.phase === "rollingBack" && record.phase !== "rollingBack";
        if (now.id !== record.id || back) {
          overtaken.abort();
          return;
        }
      }
    };
    void poll();
    return {
      end: () => {
        over.abort();
      },
    };
  }

  /** An update that was cut off can leave a route that the state knows nothing of: then the next one changes nothing. */
  async #confirm(stack: Stack, config: TrafficConfig, signal: AbortSignal): Promise<void> {
    const wanted = configWeights(config);
    const fits = (live: Weights | undefined) =>
      live !== undefined && colors.every((color) => live[color] === wanted[color]);
    if (fits(await this.#doors.traffic.weights())) return;
    const tell = (line: string) => this.#doors.tell(`  ${line}`);
    await stack.mend(tell, signal);
    await stack.up(tell, signal);
    const live = await this.#doors.traffic.weights();
    if (!fits(live))
      throw new UpdateFailed(
        `the update went through, but the route has ${shown(live)}, not ${shown(wanted)}`,
      );
  }

  async #updateFailed(record: ReleaseRecord, name: string, error: unknown): Promise<void> {
    if (!(error instanceof UpdateFailed || error instanceof StackUnavailable)) throw error;
    // Then nobody was asked, neither pods nor gates: the same update is tried again.
    if (error.message.includes("does not answer")) throw new ApiUnreachable(error.message);
    if (record.phase === "rollingBack") {
      throw new ReleaseError(
        `All traffic is on ${record.stable} again, but the stack is not in line yet. ${error.message}\n` +
          `Then finish it: release resume --stack ${record.stack}`,
        exitCodes.unreconciled,
      );
    }
    if (error instanceof StackUnavailable || record.phase === "promoted") {
      throw new ReleaseError(
        `${error.message}\nThe release stands where it was (${record.phase}); go on with: release resume --stack ${record.stack}`,
      );
    }
    await this.#giveUp(record, `${name} failed: ${error.message}`);
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
