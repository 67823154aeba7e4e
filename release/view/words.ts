import type { Phase, ReleaseRecord } from "../domain/record.ts";

/** Longer spans of time in two units, such as "2 h 5 min". */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60),
  ];
  const two = (large: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
  if (days > 0) return two(days, "d", hours % 24, "h");
  if (hours > 0) return two(hours, "h", minutes % 60, "min");
  if (minutes > 0) return two(minutes, "min", seconds % 60, "s");
  return `${seconds} s`;
}

/** 2026-11-21 10:15:30, in UTC: everybody who looks sees the same. */
export const dateTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

/** 10:15:30, in UTC. */
export const timeOfDay = (ms: number): string => dateTime(ms).slice(11);

export const percent = (ratio: number | undefined): string =>
  ratio === undefined ? "?" : `${(ratio * 100).toFixed(2)}%`;
export const whole = (value: number | undefined): string =>
  value === undefined ? "?" : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** 1 pod, 2 pods. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

/** A phase as people say it. */
export const phaseWords: Readonly<Record<Phase, string>> = {
  preparing: "preparing",
  verifying: "verifying",
  ramping: "ramping",
  promoted: "promoted, being watched",
  done: "done",
  rollingBack: "rolling back",
  rolledBack: "rolled back",
  failed: "failed, needs a person",
};

/** "step 2 of 3" while there are steps to take. */
export const stepWords = ({ phase, step, steps }: ReleaseRecord): string =>
  phase === "ramping" ? `, step ${step + 1} of ${steps.length}` : "";
