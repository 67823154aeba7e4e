import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  colors,
  other,
  risingColors,
  routeWeights,
  servingColor,
  wantedReady,
} from "../../infra/domain/traffic.ts";

const color = fc.constantFrom(...colors);
const percent = fc.integer({ min: 0, max: 100 });
const pods = fc.integer({ min: 0, max: 1000 });

test("other is never the same and undoes itself", () => {
  fc.assert(fc.property(color, (c) => other(c) !== c && other(other(c)) === c));
});

test("weights sum to 100, and the idle colour has the canary's share", () => {
  fc.assert(
    fc.property(color, percent, (active, canary) => {
      const weights = routeWeights(active, canary);
      expect(weights.blue + weights.green).toBe(100);
      expect(weights[other(active)]).toBe(canary);
    }),
  );
});

test("a switch with no canary is the mirror image", () => {
  expect(routeWeights("blue", 0)).toEqual({ blue: 100, green: 0 });
  expect(routeWeights("green", 0)).toEqual({ blue: 0, green: 100 });
});

test("wanted pods never fall when the share or today's pods grow, and are at least minReady", () => {
  fc.assert(
    fc.property(percent, percent, pods, pods, pods, (w1, w2, r1, r2, minReady) => {
      const [low, high] = [Math.min(w1, w2), Math.max(w1, w2)];
      const [few, many] = [Math.min(r1, r2), Math.max(r1, r2)];
      const less = wantedReady({ weight: low, servingReady: few, minReady });
      const more = wantedReady({ weight: high, servingReady: many, minReady });
      expect(more).toBeGreaterThanOrEqual(less);
      if (high > 0) expect(more).toBeGreaterThanOrEqual(minReady);
    }),
  );
});

test("wanted pods carry the share, and not one more", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), pods, (weight, servingReady) => {
      const wanted = wantedReady({ weight, servingReady, minReady: 0 });
      expect(wanted * 100).toBeGreaterThanOrEqual(weight * servingReady);
      expect((wanted - 1) * 100).toBeLessThan(weight * servingReady);
    }),
  );
});

test.each([
  [0, 10, 2, 0],
  [10, 10, 2, 2],
  [25, 10, 2, 3],
  [50, 3, 2, 2],
  [100, 7, 2, 7],
  [100, 0, 2, 2],
])("%i %% beside %i ready pods, at least %i: %i", (weight, servingReady, minReady, wanted) => {
  expect(wantedReady({ weight, servingReady, minReady })).toBe(wanted);
});

test("capacity is measured at the colour that carries most", () => {
  expect(servingColor(undefined, "blue")).toBeUndefined();
  expect(servingColor({ blue: 0, green: 0 }, "blue")).toBeUndefined();
  expect(servingColor({ blue: 100, green: 0 }, "green")).toBe("blue");
  expect(servingColor({ blue: 10, green: 90 }, "green")).toBe("green");
  expect(servingColor({ blue: 50, green: 50 }, "green")).toBe("blue");
});

test("only colours that get more than now are asked for more", () => {
  expect(risingColors(undefined, { blue: 100, green: 0 })).toEqual(["blue"]);
  expect(risingColors({ blue: 100, green: 0 }, { blue: 90, green: 10 })).toEqual(["green"]);
  expect(risingColors({ blue: 90, green: 10 }, { blue: 100, green: 0 })).toEqual(["blue"]);
  expect(risingColors({ blue: 100, green: 0 }, { blue: 100, green: 0 })).toEqual([]);
});
