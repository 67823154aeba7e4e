import type { Doors } from "./doors.ts";
import { endedWeights, stepWeights } from "./domain/machine.ts";
import type { Phase, ReleaseRecord } from "./domain/record.ts";
import type { Announcement, Look } from "./ports.ts";

const phaseEvents: Readonly<Partial<Record<Phase, Announcement["event"]>>> = {
  promoted: "promoted",
  rollingBack: "rollingBack",
  rolledBack: "rolledBack",
  done: "done",
  failed: "failed",
};

/** Announces what is new about a release since `before`; `look` is what the gates said last. */
export function announceChange(
  { announce }: Doors,
  before: ReleaseRecord,
  now: ReleaseRecord,
  look: Look | undefined,
): void {
  const seen = look && { look };
  if (before.phase !== now.phase) {
    const event = phaseEvents[now.phase];
    const weights = event === "rollingBack" || event === "failed" ? endedWeights(now) : undefined;
    if (event) announce(event, now, { ...seen, ...(weights && { weights }) });
  } else if (now.paused !== undefined && before.paused === undefined) announce("paused", now, seen);
  else if (now.reached !== undefined && before.reached === undefined) {
    const step = now.steps[now.step];
    if (step) announce("step", now, { weights: stepWeights(now, step) });
  }
}

/** Whoever was alarmed by a rollback wants to know that users are well again. */
export async function announceRecovery(doors: Doors, record: ReleaseRecord): Promise<void> {
  if (record.endedPhase !== "ramping" && record.endedPhase !== "promoted") return;
  const look = await doors.look(record);
  const ratio = look.signals.colors[record.stable].errorRatio;
  if (ratio !== undefined && ratio < doors.recoveredBelow) doors.announce("recovered", record, { look });
}
