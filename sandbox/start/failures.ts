import type { Failure, Totals } from "../load/index.ts";

/** `3 of 6000 requests failed: status 503 (2), other side closed (1)`: the three most frequent reasons. */
export function failureSentence(
  failures: readonly Failure[],
  { requests, failures: count }: Pick<Totals, "requests" | "failures">,
): string {
  const counts = new Map<string, number>();
  for (const { reason } of failures) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
  return `${count} of ${requests} requests failed: ${most.map(([reason, n]) => `${reason} (${n})`).join(", ")}`;
}
