import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { other, type Color } from "../../infra/domain/traffic.ts";
import { gateWindow, judge, type GateContext } from "../../release/domain/gates.ts";
import type { ColorSignals, Signals, Verdict } from "../../release/domain/signals.ts";
import { asRaw, loadEnvironment } from "../support/stack-config.ts";

const { gates } = loadEnvironment(
  asRaw({
    kind: "environment",
    environment: "staging",
    activeColor: "blue",
    images: { blue: "ghcr.io/example/app:1.0.0" },
    hostname: "api.example.com",
    registries: ["ghcr.io/example"],
  }),
).config.release;

const fine: Required<ColorSignals> = {
  requests: 2000,
  errorRatio: 0,
  p95Ms: 120,
  healthFailuresInARow: 0,
  restarts: 0,
  crashLooping: [],
  unavailable: 0,
  logs: { lines: 100, errors: 0 },
};
const ramping: GateContext = { candidate: "green", stable: "blue", percent: 10, phase: "ramping" };
const promoted: GateContext = { ...ramping, percent: 100, phase: "promoted" };
const verifying: GateContext = { ...ramping, percent: 0, phase: "verifying" };

const sample = (
  green: ColorSignals,
  { blue = fine, at = 0 }: { blue?: ColorSignals; at?: number } = {},
): Signals => ({
  at,
  windowSeconds: 60,
  colors: { blue, green },
  problems: [],
});
const verdict = (green: Partial<ColorSignals>, context = ramping, blue: ColorSignals = fine): Verdict =>
  judge([sample({ ...fine, ...green }, { blue })], gates, context);
const without = (...keys: (keyof ColorSignals)[]): ColorSignals =>
  Object.fromEntries(Object.entries(fine).filter(([key]) => !keys.includes(key as keyof ColorSignals)));

test("all is well: on, with what was looked at", () => {
  expect(verdict({})).toEqual({
    answer: "promote",
    reasons: ["green: 2000 requests in 60 s, 0% failed, p95 120 ms; pods, health and logs are fine."],
  });
  expect(verdict({}, verifying)).toEqual({
    answer: "promote",
    reasons: ["green has no traffic yet; pods, health and logs are fine."],
  });
});

describe("triggers", () => {
  test.each<[string, Partial<ColorSignals>, GateContext, Verdict["answer"], string]>([
    ["0.05 % errors, as at the 10 % step", { errorRatio: 0.0005 }, ramping, "promote", ""],
    ["0.10 % errors, as at the 25 % step", { errorRatio: 0.001 }, ramping, "promote", ""],
    [
      "1.00 % errors in the ramp",
      { errorRatio: 0.01 },
      ramping,
      "rollback",
      "Error rate at 1% of 2000 requests to green, the limit is 1% (blue: 0%).",
    ],
    [
      "0.99 % errors in the ramp",
      { errorRatio: 0.0099 },
      ramping,
      "pause",
      "Error rate at 0.99% of 2000 requests to green, above 0.1% (blue: 0%).",
    ],
    [
      "6 % errors with all the traffic",
      { errorRatio: 0.06 },
      promoted,
      "rollback",
      "Error rate at 6% of 2000 requests to green, more than 5% (blue: 0%).",
    ],
    [
      "5 % errors with all the traffic",
      { errorRatio: 0.05 },
      promoted,
      "pause",
      "Error rate at 5% of 2000 requests to green, above 0.1% (blue: 0%).",
    ],
    [
      "p95 of 2000 ms",
      { p95Ms: 2000 },
      ramping,
      "rollback",
      "Response time of green (p95) at 2000 ms, the limit is 2000 ms.",
    ],
    [
      "p95 of 1999 ms",
      { p95Ms: 1999 },
      ramping,
      "pause",
      "Response time of green (p95) at 1999 ms, the alert level is 500 ms.",
    ],
    [
      "p95 of 500 ms",
      { p95Ms: 500 },
      promoted,
      "pause",
      "Response time of green (p95) at 500 ms, the alert level is 500 ms.",
    ],
    [
      "3 health failures in a row",
      { healthFailuresInARow: 3 },
      verifying,
      "rollback",
      "The health path of green failed 3 times in a row, the limit is 3.",
    ],
    [
      "2 health failures in a row",
      { healthFailuresInARow: 2 },
      ramping,
      "hold",
      "The health path of green failed 2 times in a row.",
    ],
    [
      "11 errors in 100 log lines",
      { logs: { lines: 100, errors: 11 } },
      ramping,
      "rollback",
      "11 errors among the newest 100 log lines of green, more than 10 per 100.",
    ],
    ["10 errors in 100 log lines", { logs: { lines: 100, errors: 10 } }, ramping, "promote", ""],
    ["3 errors in 3 log lines", { logs: { lines: 3, errors: 3 } }, ramping, "promote", ""],
    [
      "22 errors in 200 log lines",
      { logs: { lines: 200, errors: 22 } },
      ramping,
      "rollback",
      "22 errors among the newest 200 log lines of green, more than 10 per 100.",
    ],
    [
      "4 restarts",
      { restarts: 4 },
      verifying,
      "rollback",
      "4 restarts of green within 5 minutes, more than 3.",
    ],
    ["3 restarts", { restarts: 3 }, ramping, "promote", ""],
    [
      "CrashLoopBackOff",
      { crashLooping: ["green-1", "green-2"] },
      verifying,
      "rollback",
      "In CrashLoopBackOff: green-1, green-2.",
    ],
    ["a missing pod", { unavailable: 1 }, ramping, "hold", "1 pod of green not available for 0 s."],
  ])("%s", (_what, green, context, answer, reason) => {
    const given = verdict(green, context);
    expect(given.answer).toBe(answer);
    if (reason !== "") expect(given.reasons).toEqual([reason]);
  });

  test("traffic says nothing while there is none", () => {
    const noTraffic = { requests: 0, p95Ms: 9000, errorRatio: 1 };
    expect(verdict(noTraffic, verifying).answer).toBe("promote");
    expect(verdict(noTraffic, ramping).answer).toBe("hold");
  });

  test("a pod that stays away is a reason to go back after its time, wherever in the history it began", () => {
    const away = (at: number, unavailable: number | undefined) =>
      sample(unavailable === undefined ? without("unavailable") : { ...fine, unavailable }, { at });
    const answer = (...history: Signals[]) => judge(history, gates, ramping).answer;
    expect(answer(away(0, 1), away(59_000, 1))).toBe("hold");
    expect(answer(away(0, 1), away(60_000, 2))).toBe("rollback");
    expect(answer(away(0, 1), away(30_000, 0), away(60_000, 1))).toBe("hold");
    expect(answer(away(0, 1), away(30_000, undefined), away(60_000, 1))).toBe("rollback");
    expect(answer(away(0, undefined), away(60_000, 1))).toBe("hold");
    expect(answer(away(0, 1), away(60_000, 0))).toBe("promote");
  });
});

describe("evidence", () => {
  test("too few requests wait, and say how many are needed", () => {
    expect(verdict({ requests: 99 })).toEqual({
      answer: "hold",
      reasons: ["Only 99 requests to green were seen, 100 are needed."],
    });
    expect(verdict({ requests: 100 }).answer).toBe("promote");
  });

  test("one failure of a hundred may be chance; three are not", () => {
    expect(verdict({ requests: 100, errorRatio: 0.01 })).toEqual({
      answer: "hold",
      reasons: [
        "Error rate at 1% of 100 requests to green, but so few requests can fail by chance: waiting for more.",
      ],
    });
    expect(verdict({ requests: 100, errorRatio: 0.03 }).answer).toBe("rollback");
  });

  test("a release that is plainly bad goes back before there are enough requests to go on", () => {
    expect(verdict({ requests: 10, errorRatio: 0.3 }).answer).toBe("rollback");
    expect(verdict({ requests: 10, errorRatio: 0.1 }).answer).toBe("hold");
  });

  test("two failures of two thousand do not stop a ramp", () => {
    expect(verdict({ errorRatio: 3 / 2000 }).answer).toBe("promote");
  });
});

describe("the old version as baseline", () => {
  test("its own errors are not the new one's fault below the limit", () => {
    expect(verdict({ errorRatio: 0.006 }).answer).toBe("pause");
    expect(verdict({ errorRatio: 0.006 }, ramping, { ...fine, errorRatio: 0.005 }).answer).toBe("promote");
    expect(verdict({ errorRatio: 0.02 }, ramping, { ...fine, errorRatio: 0.02 }).answer).toBe("rollback");
  });

  test("few requests or none to it excuse nothing", () => {
    expect(verdict({ errorRatio: 0.006 }, ramping, { ...fine, requests: 50, errorRatio: 0.02 }).answer).toBe(
      "pause",
    );
    expect(verdict({ errorRatio: 0.006 }, ramping, {}).answer).toBe("pause");
  });

  test("much slower than it stops, below what anybody notices does not", () => {
    expect(verdict({ p95Ms: 420 }, ramping, { ...fine, p95Ms: 250 })).toEqual({
      answer: "pause",
      reasons: ["Response time of green (p95) at 420 ms, blue is at 250 ms."],
    });
    expect(verdict({ p95Ms: 300 }, ramping, { ...fine, p95Ms: 250 }).answer).toBe("promote");
    expect(verdict({ p95Ms: 190 }, ramping, { ...fine, p95Ms: 20 }).answer).toBe("promote");
    // The same distance, on requests that cannot tell it.
    expect(verdict({ p95Ms: 420, requests: 100 }, ramping, { ...fine, p95Ms: 250 }).answer).toBe("promote");
  });
});

describe("what is not known", () => {
  test("no sample at all holds", () => {
    expect(judge([], gates, ramping)).toEqual({
      answer: "hold",
      reasons: ["Nothing has been measured yet."],
    });
  });

  test.each<[keyof ColorSignals, string]>([
    ["requests", "Nothing is known of the requests to green."],
    ["errorRatio", "The share of failed requests to green is not known."],
    ["p95Ms", "The response time of green is not known."],
    ["healthFailuresInARow", "The health path of green could not be asked."],
    ["restarts", "Nothing is known of the pods of green."],
    ["crashLooping", "Nothing is known of the pods of green."],
    ["unavailable", "It is not known how many pods of green are available."],
    ["logs", "The logs of green could not be read."],
  ])("without %s it holds, and says what the source said", (key, reason) => {
    const unknown = { ...sample(without(key)), problems: ["Prometheus did not answer within 2 s."] };
    expect(judge([unknown], gates, ramping)).toEqual({
      answer: "hold",
      reasons: [reason, "Prometheus did not answer within 2 s."],
    });
  });

  test("it never hides a trigger", () => {
    const crash = { crashLooping: ["green-1"], restarts: 5 };
    const given = judge([sample(crash)], gates, ramping);
    expect(given.answer).toBe("rollback");
    expect(given.reasons.slice(0, 2)).toEqual([
      "In CrashLoopBackOff: green-1.",
      "5 restarts of green within 5 minutes, more than 3.",
    ]);
  });
});

test("with all the traffic the long window counts", () => {
  expect([gateWindow(gates, "ramping"), gateWindow(gates, "promoted")]).toEqual([60, 300]);
});

describe("properties", () => {
  const order = ["promote", "hold", "pause", "rollback"];
  const badness = (given: Verdict) => order.indexOf(given.answer);
  const ratio = fc.oneof(
    fc.constantFrom(0, 0.0005, 0.001, 0.01, 0.05, 1),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  const ms = fc.oneof(fc.constantFrom(10, 400, 500, 2000), fc.double({ min: 0, max: 5000, noNaN: true }));
  const known = fc.record<Required<ColorSignals>>({
    requests: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 100_000 })),
    errorRatio: ratio,
    p95Ms: ms,
    healthFailuresInARow: fc.integer({ min: 0, max: 5 }),
    restarts: fc.integer({ min: 0, max: 8 }),
    crashLooping: fc.array(fc.constant("pod"), { maxLength: 2 }),
    unavailable: fc.integer({ min: 0, max: 3 }),
    logs: fc
      .integer({ min: 0, max: 100 })
      .chain((lines) => fc.record({ lines: fc.constant(lines), errors: fc.integer({ min: 0, max: lines }) })),
  });
  /** Good enough that other gates do not drown the one that is tried. */
  const good = fc.record({
    ...Object.fromEntries(Object.entries(fine).map(([key, value]) => [key, fc.constant(value)])),
    requests: fc.integer({ min: 0, max: 20_000 }),
  }) as unknown as fc.Arbitrary<Required<ColorSignals>>;
  const anyColor = fc.oneof(known, good);
  const context = fc.constantFrom(ramping, promoted, verifying, { ...ramping, percent: 50 });
  const worse: Record<string, (seen: Required<ColorSignals>, by: number) => ColorSignals> = {
    errorRatio: (seen, by) => ({ ...seen, errorRatio: seen.errorRatio + (1 - seen.errorRatio) * by }),
    p95Ms: (seen, by) => ({ ...seen, p95Ms: seen.p95Ms + 5000 * by }),
    healthFailuresInARow: (seen, by) => ({
      ...seen,
      healthFailuresInARow: seen.healthFailuresInARow + Math.ceil(4 * by),
    }),
    restarts: (seen, by) => ({ ...seen, restarts: seen.restarts + Math.ceil(5 * by) }),
    crashLooping: (seen) => ({ ...seen, crashLooping: [...seen.crashLooping, "one more"] }),
    unavailable: (seen, by) => ({ ...seen, unavailable: seen.unavailable + Math.ceil(3 * by) }),
    logs: ({ logs, ...seen }, by) => ({
      ...seen,
      logs: { lines: logs.lines, errors: logs.errors + Math.round((logs.lines - logs.errors) * by) },
    }),
  };
  const by = fc.oneof(fc.constantFrom(0.0005, 0.001, 0.01), fc.double({ min: 0, max: 1, noNaN: true }));

  test.each(Object.keys(worse))("a worse %s never gets a better answer", (key) => {
    fc.assert(
      fc.property(anyColor, known, context, by, (green, blue, about, step) => {
        const before = judge([sample(green, { blue })], gates, about);
        const after = judge([sample(worse[key]?.(green, step) ?? {}, { blue })], gates, about);
        expect(badness(after)).toBeGreaterThanOrEqual(badness(before));
      }),
      { numRuns: 500 },
    );
  });

  test("knowing less of the new version never makes it go on", () => {
    const keys = fc.subarray(Object.keys(fine) as (keyof ColorSignals)[], { minLength: 1 });
    fc.assert(
      fc.property(anyColor, known, keys, (green, blue, gone) => {
        const left = Object.fromEntries(
          Object.entries(green).filter(([key]) => !gone.includes(key as keyof ColorSignals)),
        );
        expect(judge([sample(left, { blue })], gates, ramping).answer).not.toBe("promote");
      }),
    );
  });

  test("the same share of errors in more requests is never weaker evidence", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        ratio,
        fc.integer({ min: 2, max: 20 }),
        (requests, errorRatio, times) => {
          const answer = (n: number) => verdict({ requests: n, errorRatio }).answer;
          if (answer(requests) === "rollback") expect(answer(requests * times)).toBe("rollback");
        },
      ),
    );
  });

  test("times and their limits can be told in any unit", () => {
    fc.assert(
      fc.property(anyColor, known, fc.constantFrom(0.001, 2, 1000), (green, blue, unit) => {
        const scaled = (seen: Required<ColorSignals>) => ({ ...seen, p95Ms: seen.p95Ms * unit });
        const limits = {
          ...gates.p95Ms,
          warn: gates.p95Ms.warn * unit,
          rollback: gates.p95Ms.rollback * unit,
          baselineFloor: gates.p95Ms.baselineFloor * unit,
        };
        const given = judge([sample(green, { blue })], gates, ramping);
        const other = judge(
          [sample(scaled(green), { blue: scaled(blue) })],
          { ...gates, p95Ms: limits },
          ramping,
        );
        expect(other.answer).toBe(given.answer);
      }),
    );
  });

  test("the colours are only names", () => {
    fc.assert(
      fc.property(known, known, context, (green, blue, about) => {
        const rename = (color: Color) => other(color);
        const mirrored = { ...about, candidate: rename(about.candidate), stable: rename(about.stable) };
        expect(judge([sample(blue, { blue: green })], gates, mirrored).answer).toBe(
          judge([sample(green, { blue })], gates, about).answer,
        );
      }),
    );
  });

  test("every verdict says why, in whole sentences", () => {
    fc.assert(
      fc.property(fc.oneof(known, fc.constant({})), known, context, (green, blue, about) => {
        const { reasons } = judge([sample(green, { blue })], gates, about);
        expect(reasons.length).toBeGreaterThan(0);
        for (const reason of reasons) expect(reason).toMatch(/\.$/);
      }),
    );
  });
});
