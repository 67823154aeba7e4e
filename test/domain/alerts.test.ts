import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  defaultThresholds,
  metricRules,
  severityOf,
  thresholdMistakes,
  type AlertThresholds,
} from "../../infra/domain/alerts.ts";
import { severities } from "../../infra/domain/severity.ts";

const limits = (most: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: most - 2 }), fc.integer({ min: 1, max: most - 2 }))
    .map(([a, b]) => ({ warning: Math.min(a, b), critical: Math.max(a, b) + 1 }));
const thresholds = fc.record<AlertThresholds>({
  errorRatePercent: limits(100),
  p95Milliseconds: limits(60_000),
  windowMinutes: fc.constantFrom(1, 5, 10, 15, 30, 60),
});

test("the defaults are the sources' lines", () => {
  expect(thresholdMistakes(defaultThresholds)).toEqual([]);
  const [errorRate, p95] = metricRules(defaultThresholds);
  if (!errorRate || !p95) throw new Error("two rules");
  expect([0.1, 1, 1.5, 6].map((percent) => severityOf(errorRate, percent))).toEqual([
    undefined,
    undefined,
    "medium",
    "critical",
  ]);
  expect([400, 501, 2001].map((ms) => severityOf(p95, ms))).toEqual([undefined, "medium", "high"]);
});

test("thresholds in order are accepted, and a higher value is never milder", () => {
  fc.assert(
    fc.property(thresholds, fc.nat(70_000), fc.nat(70_000), (some, a, b) => {
      expect(thresholdMistakes(some)).toEqual([]);
      for (const rule of metricRules(some)) {
        const [lower, higher] = [Math.min(a, b), Math.max(a, b)].map((value) => {
          const severity = severityOf(rule, value);
          return severity === undefined ? severities.length : severities.indexOf(severity);
        });
        expect(higher).toBeLessThanOrEqual(lower ?? 0);
      }
    }),
  );
});

test("every mistake is named with its place and what is allowed", () => {
  const mistakes = thresholdMistakes({
    errorRatePercent: { warning: 5, critical: 5 },
    p95Milliseconds: { warning: 0, critical: 2000 },
    windowMinutes: 7,
  });
  expect(mistakes).toEqual([
    {
      path: "errorRatePercent.warning",
      problem: "is 5",
      hint: "allowed: less than errorRatePercent.critical, which is 5",
    },
    {
      path: "p95Milliseconds.warning",
      problem: "is 0",
      hint: "allowed: more than 0 and less than 60000 milliseconds",
    },
    { path: "windowMinutes", problem: "is 7", hint: "allowed: 1, 5, 10, 15, 30, 60" },
  ]);
});
