import type { Mistake } from "./mistake.ts";
import type { Severity } from "./severity.ts";

/** Limits of one measured value. */
export interface Limits {
  /** Above it, somebody should look. */
  warning: number;
  /** Above it, users are hurt: the person on call is paged. */
  critical: number;
}

/** When an environment raises an alert. */
export interface AlertThresholds {
  /** Percent of the requests that fail, 0-100. */
  errorRatePercent: Limits;
  /** Milliseconds that 95 of 100 requests stay below. */
  p95Milliseconds: Limits;
  /** Minutes that are looked at: a value is over its limit when it is so over this whole time. */
  windowMinutes: number;
}

/** The ramp's alert and rollback lines, and the 5 % over 5 minutes at which a release is rolled back. */
export const defaultThresholds: AlertThresholds = {
  errorRatePercent: { warning: 1, critical: 5 },
  p95Milliseconds: { warning: 500, critical: 2000 },
  windowMinutes: 5,
};

export type Metric = "errorRate" | "p95";

/** One value that is watched, with the limits at which its severity changes. */
export interface MetricRule {
  metric: Metric;
  /** For people: "Error rate". */
  title: string;
  /** "%" or "ms". */
  unit: string;
  windowMinutes: number;
  /** Worst first. The value has recovered at or below the last one. */
  steps: readonly { above: number; severity: Severity }[];
}

/** A failing app is broken, a slow one is not: so the same kind of line means another severity. */
export function metricRules({
  errorRatePercent,
  p95Milliseconds,
  windowMinutes,
}: AlertThresholds): MetricRule[] {
  return [
    {
      metric: "errorRate",
      title: "Error rate",
      unit: "%",
      windowMinutes,
      steps: [
        { above: errorRatePercent.critical, severity: "critical" },
        { above: errorRatePercent.warning, severity: "medium" },
      ],
    },
    {
      metric: "p95",
      title: "Response time (p95)",
      unit: "ms",
      windowMinutes,
      steps: [
        { above: p95Milliseconds.critical, severity: "high" },
        { above: p95Milliseconds.warning, severity: "medium" },
      ],
    },
  ];
}

/** The severity of a measured value; undefined while all is well. */
export function severityOf(rule: MetricRule, value: number): Severity | undefined {
  return rule.steps.find(({ above }) => value > above)?.severity;
}

/** Windows, in minutes, that an error tracker can look at. */
export const windows = [1, 5, 10, 15, 30, 60] as const;

export function thresholdMistakes(thresholds: AlertThresholds): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [key, most, unit] of [
    ["errorRatePercent", 100, "percent"],
    ["p95Milliseconds", 60_000, "milliseconds"],
  ] as const) {
    const { warning, critical } = thresholds[key];
    for (const [level, value] of [
      ["warning", warning],
      ["critical", critical],
    ] as const) {
      if (value > 0 && value < most) continue;
      mistakes.push({
        path: `${key}.${level}`,
        problem: `is ${value}`,
        hint: `allowed: more than 0 and less than ${most} ${unit}`,
      });
    }
    if (warning >= critical) {
      mistakes.push({
        path: `${key}.warning`,
        problem: `is ${warning}`,
        hint: `allowed: less than ${key}.critical, which is ${critical}`,
      });
    }
  }
  if (!windows.some((minutes) => minutes === thresholds.windowMinutes)) {
    mistakes.push({
      path: "windowMinutes",
      problem: `is ${thresholds.windowMinutes}`,
      hint: `allowed: ${windows.join(", ")}`,
    });
  }
  return mistakes;
}
