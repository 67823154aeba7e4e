import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { terminationGrace } from "../../infra/domain/drain.ts";
import { quantity } from "../../infra/domain/quantity.ts";

test("a pod is never killed before its sleep, its longest request and ten seconds are over", () => {
  fc.assert(
    fc.property(fc.nat(600), fc.nat(3600), (preStopSleepSeconds, longestRequestSeconds) => {
      const grace = terminationGrace({ preStopSleepSeconds, longestRequestSeconds });
      expect(grace).toBeGreaterThanOrEqual(preStopSleepSeconds + longestRequestSeconds + 10);
    }),
  );
});

test.each([
  ["200m", 0.2],
  ["2", 2],
  ["1.5", 1.5],
  ["64Mi", 64 * 1024 * 1024],
  ["1Gi", 1024 * 1024 * 1024],
  ["1G", 1e9],
  ["none", undefined],
  ["1X", undefined],
  ["", undefined],
])("%s is %p", (text, value) => {
  expect(quantity(text)).toBe(value);
});
