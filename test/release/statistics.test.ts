import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  chanceOfErrors,
  deviations,
  errorInterval,
  findableRatio,
  firingErrors,
  percentileNoise,
  tellingErrors,
} from "../../release/domain/statistics.ts";

/** P(X >= k), added up term by term. */
function added(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return 1 - below;
}

describe("the chance of so many errors", () => {
  // From exact fractions.
  test.each([
    [1, 100, 0.001, 0.09520785288629095],
    [5, 500, 0.001, 0.00016936368077571278],
    [3, 10, 0.001, 1.1937150990179906e-7],
    [2, 30, 0.001, 0.00042696164793270104],
    [10, 1000, 0.01, 0.5426994078251092],
    [60, 1000, 0.05, 0.08673217838486096],
    [500, 1000, 0.5, 0.5126125090891804],
  ])("%d of %d at %d", (k, n, p, expected) => {
    const chance = chanceOfErrors(k, n, p);
    expect(Math.abs(chance / expected - 1)).toBeLessThan(1e-9);
    expect(Math.abs(chance - added(k, n, p))).toBeLessThan(1e-10);
  });

  test("agrees with adding up, wherever that is exact enough", () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 250 }), fc.double({ min: 0.001, max: 0.9, noNaN: true }))
      .chain(([n, p]) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n), fc.constant(p)));
    fc.assert(fc.property(cases, ([k, n, p]) => Math.abs(chanceOfErrors(k, n, p) - added(k, n, p)) < 1e-9));
  });

  test("is certain for none, impossible where nothing fails, and still exact for a million requests", () => {
    expect(chanceOfErrors(0, 100, 0.01)).toBe(1);
    expect(chanceOfErrors(1, 100, 0)).toBe(0);
    // The normal distribution with its continuity correction: z = (10,100 - 0.5 - 10,000) / 99.5.
    expect(chanceOfErrors(10_100, 1_000_000, 0.01)).toBeCloseTo(0.1586, 2);
  });
});

describe("the interval of Clopper and Pearson", () => {
  // From tables of the exact binomial interval.
  test.each([
    [0, 20, 0.95, 0, 0.1684],
    [1, 10, 0.95, 0.0025, 0.445],
    [10, 100, 0.95, 0.049, 0.1762],
    [20, 20, 0.95, 0.8316, 1],
  ])("%d of %d at %d", (k, n, confidence, low, high) => {
    const interval = errorInterval(k, n, confidence);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test("keeps the rule of three: none of 3,000 means less than 1 in 1,000", () => {
    expect(errorInterval(0, 3000, 0.9).high).toBeCloseTo(0.001, 5);
  });
});

const gate = { level: 0.01, healthy: 0.001, alpha: 0.001 };

test.each([
  [20, 2],
  [100, 3],
  [1000, 10],
  [10_000, 100],
])("of %d requests %d have to fail before the gate of the ramp fires", (requests, errors) => {
  expect(firingErrors(requests, gate)).toBe(errors);
  expect(chanceOfErrors(errors, requests, gate.healthy)).toBeLessThanOrEqual(gate.alpha);
});

test("the fewest telling errors are telling, and one less is not", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
      (n, p) => {
        const errors = tellingErrors(n, p, 0.001);
        if (errors <= n) expect(chanceOfErrors(errors, n, p)).toBeLessThanOrEqual(0.001);
        expect(chanceOfErrors(errors - 1, n, p)).toBeGreaterThan(0.001);
      },
    ),
  );
});

test("more requests find smaller rises", () => {
  const found = [100, 300, 1000, 3000, 10_000].map((n) => findableRatio(n, gate, 0.95));
  expect(found).toEqual(found.toSorted((a, b) => b - a));
  expect(found[0]).toBeCloseTo(0.0617, 3);
});

test.each([
  [0.5, 0],
  [0.975, 1.959964],
  [0.999, 3.090232],
  [0.999999, 4.753424],
  [0.05, -1.644854],
])("confidence of %d takes %d standard deviations", (confidence, z) => {
  expect(deviations(confidence)).toBeCloseTo(z, 5);
});

test("a percentile of few requests is as noisy as drawn samples are", () => {
  let seed = 42;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const p95 = () =>
    Array.from({ length: 400 }, () => -Math.log(1 - random())).sort((a, b) => a - b)[379] ?? 0;
  const drawn = Array.from({ length: 400 }, () => p95() / Math.log(20));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length);
  expect(deviation / percentileNoise(400)).toBeGreaterThan(0.85);
  expect(deviation / percentileNoise(400)).toBeLessThan(1.15);
});
