/** One step of a release: the share of the visitors that see the new version, and for how long. */
export interface ReleaseStage {
  /** Whole percent. */
  percent: number;
  /** Minutes until the next stage; without it a person moves on. The last stage has none. */
  minutes?: number;
}

/** First a few visitors, then all: after `minutes` by itself, or, without them, when a person says so. */
export function releaseStages(firstPercent: number, minutes?: number): ReleaseStage[] {
  return [{ percent: firstPercent, ...(minutes !== undefined && { minutes }) }, { percent: 100 }];
}

/** What is wrong with stages, or undefined: Vercel's own rules, told before anything is deployed. */
export function stagesMistake(stages: readonly ReleaseStage[]): string | undefined {
  const last = stages.at(-1);
  if (last?.percent !== 100) return "the last stage has to be 100 percent";
  if (stages.length > 10) return `there are ${stages.length} stages; at most 10 are allowed`;
  if (last.minutes !== undefined) return "the last stage has no minutes: there is nothing after it";
  const before = stages.slice(0, -1);
  for (const [i, { percent }] of before.entries()) {
    if (!Number.isInteger(percent) || percent < 1 || percent > 99)
      return `stage ${i + 1} is ${percent} percent; allowed: whole percents from 1 to 99 before the last`;
    if (percent <= (before[i - 1]?.percent ?? 0))
      return `stage ${i + 1} has to be larger than the one before`;
  }
  const timed = before.filter(({ minutes }) => minutes !== undefined).length;
  return timed !== 0 && timed !== before.length
    ? "either every stage before the last has minutes, or none has"
    : undefined;
}
