// What a release does next, for every way in which the world can answer.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Weights } from "../../infra/domain/traffic.ts";
import {
  config,
  endedWeights,
  isOver,
  next,
  rollingBack,
  stableWeights,
  stepWeights,
  type World,
} from "../../release/domain/machine.ts";
import { plannedRelease } from "../../release/domain/plan.ts";
import type { ReleaseRecord, Step, TrafficConfig } from "../../release/domain/record.ts";
import type { Verdict } from "../../release/domain/signals.ts";
import { configWeights } from "../../infra/domain/journal.ts";

const before: TrafficConfig = {
  activeColor: "blue",
  canaryWeight: 0,
  images: { blue: "app:1.0.0", green: "app:0.9.0" },
  idleSize: "standby",
};

const planned = (steps: readonly Step[], gated = true): ReleaseRecord =>
  plannedRelease({
    now: 0,
    environment: "staging",
    stack: "staging",
    version: "1.1.0",
    image: "app:1.1.0",
    strategy: "own",
    steps,
    gated,
    before,
    route: { namespace: "ns", name: "app", minReady: 2, readyTimeoutSeconds: 60 },
    watchSeconds: 1000,
    keepWarmSeconds: 2000,
    by: "ops@host",
  });

const verdict = (answer: Verdict["answer"]): Verdict => ({ answer, reasons: [`because ${answer}`] });

const anySteps = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 4 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 1, max: 100 }),
  )
  .map(([percents, minSoakSeconds, more]) =>
    [...percents.sort((a, b) => a - b), 100].map((percent) => ({
      percent,
      minSoakSeconds,
      maxSoakSeconds: minSoakSeconds + more,
    })),
  );

/** What the world says at one look. `short`: the old colour is not ready. `moved`: somebody else moved traffic. */
interface Look {
  answer: Verdict["answer"];
  seconds: number;
  short: boolean;
  verified: boolean;
  updated: boolean;
  moved: boolean;
}

const anyLook = (answers: readonly Verdict["answer"][]) =>
  fc.record<Look>({
    answer: fc.constantFrom(...answers),
    seconds: fc.integer({ min: 1, max: 60 }),
    short: fc.boolean(),
    verified: fc.boolean(),
    updated: fc.boolean(),
    moved: fc.constant(false),
  });

interface Played {
  records: ReleaseRecord[];
  weights: Weights[];
  actions: string[];
}

/** Plays a release to its end, or for as long as there are looks; `kind` fills in looks after the given ones. */
function play(start: ReleaseRecord, looks: readonly Look[], rest: Look, rounds: number): Played {
  let record = start;
  let live: Weights = { blue: 100, green: 0 };
  let now = 0;
  const played: Played = { records: [record], weights: [live], actions: [] };
  for (let round = 0; round < rounds && !isOver(record); round++) {
    const look = looks[round] ?? rest;
    now += look.seconds * 1000;
    const world: World = {
      now,
      live,
      verdict: verdict(look.answer),
      ...(look.short && { stableShort: "blue has 0 of 2 wanted ready pods" }),
    };
    const action = next(record, world);
    played.actions.push(
      action.do === "update" || action.do === "become" ? `${action.do} ${action.name}` : action.do,
    );
    if (action.do === "update") {
      if (look.updated || record.phase === "rollingBack" || record.phase === "promoted") {
        live = configWeights(action.config);
        record = action.then;
      } else record = rollingBack(record, now, "the update failed");
    } else if (action.do === "verify")
      record = look.verified ? action.then : rollingBack(record, now, "smoke test failed");
    else if (action.do === "move") {
      live = action.weights;
      record = action.then;
    } else if (action.do === "become") record = action.then;
    played.records.push(record);
    played.weights.push(live);
  }
  return played;
}

const all = ["promote", "hold", "pause", "rollback"] as const;
const content: Look = {
  answer: "promote",
  seconds: 30,
  short: false,
  verified: true,
  updated: true,
  moved: false,
};

describe("a release", () => {
  test("whose gates are content takes every step in turn, is watched, and retires the old colour at last", () => {
    const steps = [10, 50, 100].map((percent) => ({ percent, minSoakSeconds: 60, maxSoakSeconds: 120 }));
    const { records, weights, actions } = play(planned(steps), [], content, 500);
    expect(records.at(-1)).toMatchObject({ phase: "done", version: "1.1.0" });
    expect([...new Set(weights.map(({ green }) => green))]).toEqual([0, 10, 50, 100]);
    expect(actions.filter((action) => !action.includes("watch"))).toEqual([
      "update deploy green",
      "verify",
      "update weight 10",
      "become step 2 of 3",
      "update weight 50",
      "become step 3 of 3",
      "update promote 1.1.0",
      "become promoted 1.1.0",
      "update retire blue",
    ]);
  });

  test("never gets more traffic by a hold, and never after a trigger", () => {
    fc.assert(
      fc.property(anySteps, fc.array(anyLook(all), { maxLength: 60 }), (steps, looks) => {
        const { records, weights } = play(planned(steps), looks, content, looks.length);
        looks.forEach((look, n) => {
          const [from, to] = [records[n], records[n + 1]];
          if (!from || !to || from.phase !== "ramping" || from.reached === undefined) return;
          if (look.answer === "promote") return;
          // No step further; at most the same step, paused, or the way back.
          expect(to.step).toBeLessThanOrEqual(from.step);
          expect(to.phase).not.toBe("promoted");
          expect(weights[n + 1]?.green).toBeLessThanOrEqual(weights[n]?.green ?? 0);
        });
      }),
    );
  });

  test("only ever has weights of its plan, rising, until it goes back to none for good", () => {
    fc.assert(
      fc.property(anySteps, fc.array(anyLook(all), { maxLength: 80 }), (steps, looks) => {
        const start = planned(steps);
        const { weights } = play(start, looks, content, 200);
        const allowed = [0, ...steps.map((step) => stepWeights(start, step).green)];
        let highest = 0;
        let back = false;
        for (const { green } of weights) {
          expect(allowed).toContain(green);
          if (back) expect(green).toBe(0);
          if (green < highest) {
            expect(green).toBe(0);
            back = true;
          }
          highest = Math.max(highest, green);
        }
      }),
    );
  });

  test("ends, whatever the gates say, as long as nobody has to decide", () => {
    const unpaused = ["promote", "hold", "rollback"] as const;
    fc.assert(
      fc.property(
        anySteps,
        fc.array(anyLook(unpaused), { maxLength: 80 }),
        anyLook(unpaused),
        (steps, looks, rest) => {
          const { records } = play(planned(steps), looks, rest, 5_000);
          const end = records.at(-1);
          expect(["done", "rolledBack", "failed"]).toContain(end?.phase);
          if (end?.phase === "failed") expect(end.reason).toMatch(/blue has 0 of 2/);
        },
      ),
    );
  });

  test("can be rolled back from every state, to the very weights and colour from before", () => {
    fc.assert(
      fc.property(anySteps, fc.array(anyLook(all), { maxLength: 80 }), fc.nat(), (steps, looks, when) => {
        const { records, weights } = play(planned(steps), looks, content, 200);
        const at = when % records.length;
        const [record, live] = [records[at], weights[at]];
        if (!record || !live || isOver(record)) return;
        const ended = rollingBack(record, 1e9, "a person said so");
        const action = next(ended, { now: 1e9, live });
        expect(action.do).toBe(live.green > 0 ? "move" : "update");
        if (action.do === "move") expect(action.weights).toEqual({ blue: 100, green: 0 });
        const last = next({ ...ended, moved: 1e9 }, { now: 1e9, live: stableWeights(ended) });
        expect(last).toMatchObject({ do: "update", then: { phase: "rolledBack" } });
        if (last.do === "update") expect(configWeights(last.config)).toEqual({ blue: 100, green: 0 });
      }),
    );
  });

  test("that is paused goes nowhere, but a trigger still brings it back", () => {
    const paused: ReleaseRecord = {
      ...planned([{ percent: 10, minSoakSeconds: 0, maxSoakSeconds: 10 }]),
      phase: "ramping",
      reached: 0,
      paused: "by ops",
    };
    const live = { blue: 90, green: 10 };
    expect(next(paused, { now: 1e9, live, verdict: verdict("promote") })).toMatchObject({ do: "watch" });
    expect(next(paused, { now: 1e9, live, verdict: verdict("hold") })).toMatchObject({ do: "watch" });
    expect(next(paused, { now: 1e9, live, verdict: verdict("rollback") })).toMatchObject({
      then: { phase: "rollingBack", reason: "because rollback" },
    });
  });

  test("a hold is a rollback at the end of the step's time", () => {
    const step = { percent: 10, minSoakSeconds: 0, maxSoakSeconds: 60 };
    const ramping: ReleaseRecord = { ...planned([step]), phase: "ramping", reached: 0 };
    const live = { blue: 90, green: 10 };
    expect(next(ramping, { now: 59_999, live, verdict: verdict("hold") })).toMatchObject({
      do: "watch",
      until: 60_000,
    });
    expect(next(ramping, { now: 60_000, live, verdict: verdict("hold") })).toMatchObject({
      then: { phase: "rollingBack", reason: "10 % was on hold for 60 s: because hold" },
    });
  });

  test("a warning pauses", () => {
    const step = { percent: 10, minSoakSeconds: 0, maxSoakSeconds: 60 };
    const ramping: ReleaseRecord = { ...planned([step]), phase: "ramping", reached: 0 };
    const action = next(ramping, { now: 1, live: { blue: 90, green: 10 }, verdict: verdict("pause") });
    expect(action).toMatchObject({ do: "become", then: { phase: "ramping", paused: "because pause" } });
  });

  test("pauses when somebody else moved the traffic", () => {
    const ramping: ReleaseRecord = {
      ...planned([{ percent: 10, minSoakSeconds: 0, maxSoakSeconds: 60 }]),
      phase: "ramping",
      reached: 0,
    };
    const action = next(ramping, { now: 1, live: { blue: 50, green: 50 }, verdict: verdict("promote") });
    expect(action).toMatchObject({
      then: {
        paused: "the route has blue 50 %, green 50 %, not blue 90 %, green 10 %: somebody else moved traffic",
      },
    });
  });

  test("by a person's promotion skips soaks, holds and warnings, but not what rolls back", () => {
    const steps = [
      { percent: 10, minSoakSeconds: 3600, maxSoakSeconds: 7200 },
      { percent: 100, minSoakSeconds: 3600, maxSoakSeconds: 7200 },
    ];
    const hurried: ReleaseRecord = { ...planned(steps), phase: "ramping", reached: 0, hurried: true };
    const live = { blue: 90, green: 10 };
    for (const answer of ["hold", "pause", "promote"] as const)
      expect(next(hurried, { now: 1, live, verdict: verdict(answer) })).toMatchObject({
        do: "become",
        then: { step: 1 },
      });
    expect(next(hurried, { now: 1, live, verdict: verdict("rollback") })).toMatchObject({
      then: { phase: "rollingBack" },
    });
  });
});

describe("a rollback", () => {
  const promoted: ReleaseRecord = {
    ...planned([{ percent: 100, minSoakSeconds: 0, maxSoakSeconds: 10 }]),
    phase: "promoted",
    reached: 0,
  };
  const live = { blue: 0, green: 100 };
  const short = { live, stableShort: "blue has 1 of 3 wanted ready pods" };

  test("does not ask the gates", () => {
    const back = rollingBack(promoted, 0, "x");
    for (const answer of all) expect(next(back, { now: 1, live, verdict: verdict(answer) }).do).toBe("move");
  });

  test("onto a retired colour brings it back to full size first, at the weights as they are", () => {
    const back = rollingBack(promoted, 0, "x");
    const warm = next(back, { now: 1, ...short });
    expect(warm).toMatchObject({
      do: "update",
      name: "warm blue",
      config: { idleSize: "warm", activeColor: "green" },
    });
    const warmed = warm.do === "update" ? warm.then : back;
    expect(next(warmed, { now: 2, ...short })).toMatchObject({ do: "watch" });
    expect(next(warmed, { now: 3, live }).do).toBe("move");
  });

  test("onto a colour that does not become ready fails, with the reason, and moves nothing", () => {
    const back = { ...rollingBack(promoted, 0, "bad"), warming: 0 };
    expect(next(back, { now: 60_000, ...short })).toMatchObject({
      then: {
        phase: "failed",
        reason: "bad; but blue has 1 of 3 wanted ready pods, and may not take the traffic",
      },
    });
  });

  test("keeps what was tried for a look into it, but takes back what never became ready", () => {
    const tried = rollingBack({ ...promoted, phase: "ramping" }, 0, "x");
    expect(config.rolledBack(tried)).toEqual({
      activeColor: "blue",
      canaryWeight: 0,
      images: { blue: "app:1.0.0", green: "app:1.1.0" },
      idleSize: "warm",
    });
    expect(config.rolledBack(rollingBack(planned([]), 0, "x"))).toEqual(before);
  });
});

test("a release that was ended still says what the route had then", () => {
  const [first, all] = [
    { percent: 10, minSoakSeconds: 0, maxSoakSeconds: 9 },
    { percent: 100, minSoakSeconds: 0, maxSoakSeconds: 9 },
  ];
  const release = planned([first, all] as Step[]);
  const ended = (change: Partial<ReleaseRecord>) =>
    endedWeights(rollingBack({ ...release, ...change }, 1, "bad"));
  expect(ended({ phase: "ramping", step: 0, reached: 0 })).toEqual({ blue: 90, green: 10 });
  expect(ended({ phase: "promoted", step: 1, reached: 0 })).toEqual({ blue: 0, green: 100 });
  expect(ended({ phase: "ramping", step: 0 })).toBeUndefined();
  expect(ended({ phase: "verifying" })).toBeUndefined();
});

test("a step on hold has its time from the return of an API server on that was away", () => {
  const step = { percent: 10, minSoakSeconds: 0, maxSoakSeconds: 20 };
  const record: ReleaseRecord = { ...planned([step]), phase: "ramping", step: 0, reached: 0 };
  const hold: Verdict = { answer: "hold", reasons: ["nothing is known"] };
  const world: World = { now: 60_000, live: { blue: 90, green: 10 }, verdict: hold };
  expect(next(record, world)).toMatchObject({ do: "become", name: "rollback" });
  expect(next(record, { ...world, awayAt: 50_000 })).toMatchObject({ do: "watch", until: 70_000 });
  expect(next(record, { ...world, awayAt: 40_000 })).toMatchObject({ do: "become", name: "rollback" });
});
