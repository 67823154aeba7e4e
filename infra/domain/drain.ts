/** What a pod that has lost its traffic still has to finish. All in seconds. */
export interface Drain {
  /** Waits before SIGTERM, so that every proxy has stopped sending to the pod. */
  preStopSleepSeconds: number;
  /** The longest request that has to be answered. */
  longestRequestSeconds: number;
}

const margin = 10;

/** Seconds between the request to end a pod and SIGKILL: the sleep, the longest request, and 10 s to exit. */
export function terminationGrace(drain: Drain): number {
  return drain.preStopSleepSeconds + drain.longestRequestSeconds + margin;
}

/** Why a pod's time to end is too short for what it has to finish, or undefined when it is not. */
export function graceMistake(graceSeconds: number, drain: Drain): string | undefined {
  const least = terminationGrace(drain);
  if (graceSeconds >= least) return undefined;
  return `is ended after ${graceSeconds} s, and needs ${least} s: ${drain.preStopSleepSeconds} s of sleep, ${drain.longestRequestSeconds} s for the longest request and ${margin} s to exit`;
}
