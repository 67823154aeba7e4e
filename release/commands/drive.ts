import { JournalConflict } from "../../infra/cluster/journal.ts";
import { isOver, isUnderWay, without } from "../domain/machine.ts";
import type { ReleaseRecord } from "../domain/record.ts";
import { toPromotion } from "../driver.ts";
import { me, openEnvironment, type CommonOptions, type Environment } from "../environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "../errors.ts";
import { conclude, currentRecord, driveTo } from "../session.ts";

/** Does what is due now and ends: for a scheduled job. */
export async function tick(options: CommonOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  if (!(await environment.journal.current())) {
    process.stdout.write(options.json ? "null\n" : "No release was ever started: nothing to do.\n");
    return exitCodes.done;
  }
  return driveTo(environment, { once: true, until: isOver }, options);
}

/** Goes on where a release stands: after a pause, a killed driver, or a rollback whose stack is not in line yet. */
export async function resume(options: CommonOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const record = await currentRecord(environment);
  if (record.paused !== undefined) {
    await change(environment, "resume", (now) => without(now, "paused"));
    if (await othersDrive(environment, options)) return exitCodes.done;
  }
  if (isOver(record)) return conclude({ record }, options);
  return driveTo(environment, toPromotion, options);
}

/** Skips what is left of the soaks, holds and warnings; what rolls back still does. */
export async function promote(options: CommonOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const record = await currentRecord(environment);
  if (!isUnderWay(record) || record.phase === "rollingBack")
    throw new ReleaseError(`There is nothing to promote: release ${record.id} is ${record.phase}.`);
  await change(environment, "promote by hand", (now) => ({ ...without(now, "paused"), hurried: true }));
  if (await othersDrive(environment, options)) return exitCodes.done;
  return driveTo(environment, toPromotion, options);
}

/** Stops the ramp where it is; the gates go on looking. */
export async function pause(reason: string | undefined, options: CommonOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const record = await currentRecord(environment);
  if (record.phase !== "ramping" && record.phase !== "verifying" && record.phase !== "preparing")
    throw new ReleaseError(`There is nothing to pause: release ${record.id} is ${record.phase}.`);
  const paused = await change(environment, "pause", (now) => ({
    ...without(now, "hurried"),
    paused: reason ?? `by ${me()}`,
  }));
  conclude({ record: paused }, options);
  return exitCodes.done;
}

/** Changes the record, whoever else writes at the same moment. */
export async function change(
  { journal }: Environment,
  action: string,
  edit: (record: ReleaseRecord) => ReleaseRecord,
): Promise<ReleaseRecord> {
  for (;;) {
    const now = await journal.current();
    if (!now) throw new ReleaseError("There is no release.");
    const next = edit(now);
    try {
      await journal.write(next, { at: Date.now(), release: next.id, kind: "done", action, by: me() });
      return next;
    } catch (error) {
      if (!(error instanceof JournalConflict)) throw error;
    }
  }
}

/** A driver that lives reads the change by itself. */
async function othersDrive({ lease, journal }: Environment, options: CommonOptions): Promise<boolean> {
  const holder = await lease.holder();
  if (holder === undefined) return false;
  const record = await journal.current();
  if (record) conclude({ record, waiting: { what: `${holder} goes on with it` } }, options);
  return true;
}
