import type { ReleaseConfig } from "../../infra/config/releaseSchema.ts";
import type { Color } from "../../infra/domain/traffic.ts";
import type { Phase } from "./record.ts";
import type { ColorSignals, Signals, Verdict } from "./signals.ts";
import { chanceOfErrors, deviations, percentileNoise } from "./statistics.ts";

/** Limits and windows, from config. */
export type Gates = ReleaseConfig["gates"];

/** What the verdict is about. */
export interface GateContext {
  candidate: Color;
  /** The version that the candidate replaces: the baseline. */
  stable: Color;
  /** The candidate's share of the traffic now, in percent. */
  percent: number;
  phase: Phase;
}

/** What one gate thinks; without a finding it is content. */
interface Finding {
  answer: Exclude<Verdict["answer"], "promote">;
  reason: string;
}

/** From best to worst: the worst finding is the verdict. */
const order = ["promote", "hold", "pause", "rollback"] as const satisfies readonly Verdict["answer"][];

const hold = (reason: string): Finding => ({ answer: "hold", reason });
const pause = (reason: string): Finding => ({ answer: "pause", reason });
const rollback = (reason: string): Finding => ({ answer: "rollback", reason });

/** Seconds that the signals for a verdict have to cover. */
export const gateWindow = (gates: Gates, phase: Phase): number =>
  phase === "promoted" ? gates.promotedWindowSeconds : gates.windowSeconds;

/**
 * What to do, from what was seen. The newest sample decides; older ones of the same step, oldest first, tell how long
 * pods have been missing. What is not known never promotes. A rollback on errors needs no fewest number of requests
 * but evidence: so many errors must be less likely than `confidencePercent` allows in a service that keeps
 * `errorPercent.warn`.
 */
export function judge(history: readonly Signals[], gates: Gates, context: GateContext): Verdict {
  const newest = history.at(-1);
  if (newest === undefined) return { answer: "hold", reasons: ["Nothing has been measured yet."] };
  const { candidate, stable, percent } = context;
  const seen = newest.colors[candidate];
  const findings = [
    ...podFindings(seen, gates, candidate),
    ...missingPods(history, gates, candidate),
    ...healthFindings(seen, gates, candidate),
    ...logFindings(seen, gates, candidate),
    ...(percent > 0 ? trafficFindings(seen, newest.colors[stable], gates, context) : []),
  ];
  const answer = order[Math.max(0, ...findings.map((finding) => order.indexOf(finding.answer)))] ?? "hold";
  if (answer === "promote") return { answer, reasons: [contentment(seen, newest, context)] };
  const worstFirst = findings.toSorted((a, b) => order.indexOf(b.answer) - order.indexOf(a.answer));
  const unknown = worstFirst.some((finding) => finding.answer === "hold") ? newest.problems : [];
  return { answer, reasons: [...worstFirst.map(({ reason }) => reason), ...unknown] };
}

function trafficFindings(
  seen: ColorSignals,
  baseline: ColorSignals,
  gates: Gates,
  context: GateContext,
): Finding[] {
  const { candidate } = context;
  const { requests, errorRatio, p95Ms } = seen;
  if (requests === undefined) return [hold(`Nothing is known of the requests to ${candidate}.`)];
  const enough = requests >= gates.minRequests;
  const few = hold(
    `Only ${count(requests)} requests to ${candidate} were seen, ${gates.minRequests} are needed.`,
  );
  // Without requests there is no ratio, and that is not the source's fault.
  if (requests === 0) return [few];
  return [
    ...(enough ? [] : [few]),
    ...(errorRatio === undefined
      ? [hold(`The share of failed requests to ${candidate} is not known.`)]
      : errorFindings({ requests, errorRatio }, baseline, gates, context)),
    // A percentile of few requests says nothing.
    ...(enough ? latencyFindings({ requests, p95Ms }, baseline, gates, context) : []),
  ];
}

function errorFindings(
  { requests, errorRatio }: { requests: number; errorRatio: number },
  baseline: ColorSignals,
  gates: Gates,
  { candidate, stable, phase }: GateContext,
): Finding[] {
  const warn = gates.errorPercent.warn / 100;
  const alpha = 1 - gates.confidencePercent / 100;
  const errors = errorRatio * requests;
  const promoted = phase === "promoted";
  const limit = (promoted ? gates.errorPercent.promotedRollback : gates.errorPercent.rollback) / 100;
  const over = promoted ? errorRatio > limit : errorRatio >= limit;
  const measured = `Error rate at ${percentText(errorRatio)} of ${count(requests)} requests to ${candidate}`;
  const beside = baseline.errorRatio === undefined ? "" : ` (${stable}: ${percentText(baseline.errorRatio)})`;
  if (over) {
    const limitText = `${promoted ? "more than" : "the limit is"} ${percentText(limit)}`;
    return chanceOfErrors(errors, requests, warn) <= alpha
      ? [rollback(`${measured}, ${limitText}${beside}.`)]
      : [hold(`${measured}, but so few requests can fail by chance: waiting for more.`)];
  }
  // The old version's own errors are not the new one's fault, as far as they are well enough known.
  const known = (baseline.requests ?? 0) >= gates.minRequests ? (baseline.errorRatio ?? 0) : 0;
  return errorRatio > warn && chanceOfErrors(errors, requests, Math.max(warn, known)) <= alpha
    ? [pause(`${measured}, above ${percentText(warn)}${beside}.`)]
    : [];
}

function latencyFindings(
  { requests, p95Ms }: { requests: number; p95Ms: number | undefined },
  baseline: ColorSignals,
  { p95Ms: limits, minRequests, confidencePercent }: Gates,
  { candidate, stable }: GateContext,
): Finding[] {
  if (p95Ms === undefined) return [hold(`The response time of ${candidate} is not known.`)];
  const measured = `Response time of ${candidate} (p95) at ${count(p95Ms)} ms`;
  if (p95Ms >= limits.rollback) return [rollback(`${measured}, the limit is ${limits.rollback} ms.`)];
  if (p95Ms >= limits.warn) return [pause(`${measured}, the alert level is ${limits.warn} ms.`)];
  if (baseline.p95Ms === undefined || (baseline.requests ?? 0) < minRequests) return [];
  // Both percentiles are estimates: their chance distance comes on top of what is allowed.
  const noise = Math.hypot(percentileNoise(requests), percentileNoise(baseline.requests ?? 0));
  const allowed = 1 + limits.overBaselinePercent / 100 + deviations(confidencePercent / 100) * noise;
  return p95Ms > limits.baselineFloor && p95Ms > baseline.p95Ms * allowed
    ? [pause(`${measured}, ${stable} is at ${count(baseline.p95Ms)} ms.`)]
    : [];
}

function podFindings({ restarts, crashLooping }: ColorSignals, gates: Gates, candidate: Color): Finding[] {
  if (restarts === undefined || crashLooping === undefined)
    return [hold(`Nothing is known of the pods of ${candidate}.`)];
  const findings: Finding[] = [];
  if (crashLooping.length > 0) findings.push(rollback(`In CrashLoopBackOff: ${crashLooping.join(", ")}.`));
  if (restarts > gates.restarts) {
    findings.push(
      rollback(`${restarts} restarts of ${candidate} within 5 minutes, more than ${gates.restarts}.`),
    );
  }
  return findings;
}

/** Pods come and go while a colour grows or a node leaves: only those that stay away are a reason to go back. */
function missingPods(history: readonly Signals[], gates: Gates, candidate: Color): Finding[] {
  const newest = history.at(-1);
  const missing = newest?.colors[candidate].unavailable;
  if (newest === undefined || missing === undefined)
    return [hold(`It is not known how many pods of ${candidate} are available.`)];
  if (missing === 0) return [];
  const whole = history.findLastIndex(({ colors }) => colors[candidate].unavailable === 0);
  const first = history.slice(whole + 1).find(({ colors }) => colors[candidate].unavailable !== undefined);
  const seconds = (newest.at - (first ?? newest).at) / 1000;
  const what = `${missing} ${missing === 1 ? "pod" : "pods"} of ${candidate} not available for ${count(seconds)} s`;
  return seconds >= gates.unavailableSeconds
    ? [rollback(`${what}, the limit is ${gates.unavailableSeconds} s.`)]
    : [hold(`${what}.`)];
}

function healthFindings({ healthFailuresInARow }: ColorSignals, gates: Gates, candidate: Color): Finding[] {
  if (healthFailuresInARow === undefined)
    return [hold(`The health path of ${candidate} could not be asked.`)];
  if (healthFailuresInARow === 0) return [];
  const what = `The health path of ${candidate} failed ${healthFailuresInARow} times in a row`;
  return healthFailuresInARow >= gates.healthFailures
    ? [rollback(`${what}, the limit is ${gates.healthFailures}.`)]
    : [hold(`${what}.`)];
}

function logFindings({ logs }: ColorSignals, gates: Gates, candidate: Color): Finding[] {
  // All lines may be errors: then the logs need not be there.
  if (gates.errorsPer100Logs >= 100) return [];
  if (logs === undefined) return [hold(`The logs of ${candidate} could not be read.`)];
  // Fewer than 100 lines count as 100: a young log is not scaled up.
  const per100 = (logs.errors * 100) / Math.max(100, logs.lines);
  return per100 > gates.errorsPer100Logs
    ? [
        rollback(
          `${logs.errors} errors among the newest ${logs.lines} log lines of ${candidate}, ` +
            `more than ${gates.errorsPer100Logs} per 100.`,
        ),
      ]
    : [];
}

function contentment(seen: ColorSignals, { windowSeconds }: Signals, context: GateContext): string {
  const { candidate, percent } = context;
  const { requests = 0, errorRatio = 0, p95Ms = 0 } = seen;
  return percent > 0
    ? `${candidate}: ${count(requests)} requests in ${windowSeconds} s, ${percentText(errorRatio)} failed, p95 ${count(p95Ms)} ms; pods, health and logs are fine.`
    : `${candidate} has no traffic yet; pods, health and logs are fine.`;
}

const count = (value: number): string => String(Math.round(value));

/** 0.0123 as "1.23%": two digits, without zeros at the end. */
const percentText = (ratio: number): string => `${Number((ratio * 100).toFixed(2))}%`;
