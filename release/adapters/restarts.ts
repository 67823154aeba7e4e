import type { ContainerStatus, Pod } from "./podObjects.ts";

interface Sample {
  at: number;
  count: number;
}

const windowMs = 5 * 60_000;

/**
 * Restarts within the last five minutes. The API server knows a container's restarts since its pod began, and when the
 * last one was; what was before is remembered from one count to the next.
 */
export class RestartCounter {
  /** By container: counts that were seen, oldest first. */
  #seen = new Map<string, Sample[]>();

  count(pods: readonly Pod[], now: number): number {
    const kept = new Map<string, Sample[]>();
    let total = 0;
    for (const { metadata, status } of pods) {
      const born = Date.parse(status?.startTime ?? "");
      for (const container of [
        ...(status?.initContainerStatuses ?? []),
        ...(status?.containerStatuses ?? []),
      ]) {
        const key = `${metadata.uid}/${container.name}`;
        const known = this.#seen.get(key) ?? [
          { at: now - windowMs, count: countBefore(container, born, now) },
        ];
        const samples = [...known, { at: now, count: container.restartCount }];
        // The newest one that is older than the window is where counting starts.
        const from = samples.findLastIndex(({ at }) => at <= now - windowMs);
        const recent = samples.slice(Math.max(0, from));
        kept.set(key, recent);
        total += Math.max(0, container.restartCount - (recent[0]?.count ?? 0));
      }
    }
    this.#seen = kept;
    return total;
  }
}

/** How many restarts a container had before the window, as far as one look can tell: never more than it can have been. */
function countBefore({ restartCount, lastState }: ContainerStatus, born: number, now: number): number {
  if (born > now - windowMs) return 0;
  const ended = Date.parse(lastState?.terminated?.finishedAt ?? "");
  return ended > now - windowMs ? restartCount - 1 : restartCount;
}
