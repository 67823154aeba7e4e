import type { Doors } from "./doors.ts";
import { Driver, type Goal, type Outcome } from "./driver.ts";
import type { ReleaseRecord } from "./domain/record.ts";
import { isOver } from "./domain/machine.ts";
import {
  me,
  systemClock,
  type ClusterSide,
  type CommonOptions,
  type Environment,
  type WatchedEnvironment,
} from "./environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "./errors.ts";

/** Progress goes to stderr, so that stdout holds the result and nothing else. */
export const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Ctrl-C and a runner's SIGTERM end the work at the next safe point. */
export function interruptible(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort(new ReleaseError(interruption, exitCodes.interrupted));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return {
    signal: controller.signal,
    dispose: () => void process.off("SIGINT", stop).off("SIGTERM", stop),
  };
}

const interruption =
  "Interrupted. Traffic stays as it is; go on with release resume, or go back with release rollback.";

/** The release under way or last. */
export async function currentRecord({ journal, location }: ClusterSide): Promise<ReleaseRecord> {
  const record = await journal.current();
  if (record) return record;
  throw new ReleaseError(
    `No release of ${location.name} was ever started; release start VERSION starts one.`,
  );
}

/** A driver with everything that the environment's config gives it, and what it still has to tell before it ends. */
export async function openDriver(
  environment: WatchedEnvironment,
  options: { withStack: boolean },
): Promise<{ driver: Driver; doors: Doors; told: () => Promise<void> }> {
  const { senses } = await import("./senses.ts");
  const { look, smoke, announce, told } = senses(environment, tell);
  const { config, journal, spare, traffic } = environment;
  const stack = options.withStack ? await pulumiStack(environment) : undefined;
  const doors: Doors = {
    clock: systemClock,
    journal,
    peek: () => spare.current(),
    traffic,
    ...(stack && { stack }),
    smoke,
    look,
    announce,
    by: me(),
    tell,
    everySeconds: config.release.lookIntervalSeconds ?? config.release.scrapeIntervalSeconds,
    undecidedSeconds: config.release.scrapeIntervalSeconds,
    recoveredBelow: config.release.gates.errorPercent.rollback / 100,
  };
  return { driver: new Driver(doors), doors, told };
}

export async function pulumiStack({ choice }: WatchedEnvironment) {
  const [{ PulumiStack }, { project }] = await Promise.all([
    import("./adapters/stack.ts"),
    import("./settings.ts"),
  ]);
  const seconds = Number(process.env.PULSE_LOCK_WAIT_SECONDS ?? 600);
  return new PulumiStack({ ...choice, project, env: process.env, lockWaitMs: seconds * 1000 });
}

/** Holds the lease while it drives, and says how it ended. */
export async function driveTo(
  environment: Environment,
  goal: Goal,
  options: CommonOptions,
  before?: (opened: Awaited<ReturnType<typeof openDriver>>) => Promise<void>,
): Promise<ExitCode> {
  const { signal, dispose } = interruptible();
  await environment.lease.take(leaseWaitMs);
  try {
    const opened = await openDriver(environment, { withStack: true });
    try {
      await before?.(opened);
      return conclude(await opened.driver.drive(goal, signal), options);
    } finally {
      await opened.told();
    }
  } finally {
    dispose();
    await environment.lease.release();
  }
}

/** A driver that is just ending gives the lease up within that time. */
const leaseWaitMs = 3_000;

/** Prints how a release stands, and makes an exit code of it. */
export function conclude({ record, waiting }: Outcome, options: CommonOptions): ExitCode {
  if (options.json) process.stdout.write(`${JSON.stringify({ ...record, ...(waiting && { waiting }) })}\n`);
  else process.stdout.write(`${outcomeText({ record, ...(waiting && { waiting }) })}\n`);
  if (record.phase === "rolledBack" || record.phase === "rollingBack") return exitCodes.rolledBack;
  if (record.phase === "failed" || record.paused !== undefined) return exitCodes.waiting;
  return exitCodes.done;
}

/** One or two lines for people. */
export function outcomeText({ record, waiting }: Outcome): string {
  const { id, version, stable, candidate, reason } = record;
  const when = waiting?.until === undefined ? "" : ` until ${new Date(waiting.until).toISOString()}`;
  if (waiting && !isOver(record)) return `${id}: ${record.phase}; waiting: ${waiting.what}${when}.`;
  switch (record.phase) {
    case "promoted":
      return `${id}: ${version} is production on ${candidate}; ${stable} stays warm for a way back.`;
    case "done":
      return `${id}: ${version} is production on ${candidate}; the release is done.`;
    case "rolledBack":
      return `${id}: rolled back, all traffic is on ${stable}. Reason: ${reason?.replace(/\.$/, "") ?? "none given"}. ${whatRemains(record)}`;
    case "failed":
      return `${id}: failed, a person has to look. ${reason ?? ""}`;
    default:
      return `${id}: ${record.phase}${record.paused === undefined ? "" : `, paused: ${record.paused}`}.`;
  }
}

/** What never became ready is taken back; everything else can be looked into. */
const whatRemains = ({ candidate, endedPhase }: ReleaseRecord): string =>
  endedPhase === "preparing"
    ? `${candidate} has the image back that it had before.`
    : `${candidate} stays up to be looked into.`;
