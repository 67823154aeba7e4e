import { entriesOf } from "../domain/plan.ts";
import { isOver } from "../domain/machine.ts";
import type { JournalEntry, ReleaseRecord } from "../domain/record.ts";
import { openEnvironment, systemClock, type CommonOptions, type Environment } from "../environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "../errors.ts";
import { tell } from "../session.ts";
import { renderStatus, type StatusView } from "../view/status.ts";

/** How it stands: the record, the live route, who is at work, and what is half-way. */
export async function status(options: CommonOptions & { watch?: boolean }): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  if (!options.watch) {
    const view = await statusView(environment);
    const width = process.stdout.columns || 100;
    const colors = process.stdout.isTTY && process.env.NO_COLOR === undefined;
    process.stdout.write(`${options.json ? JSON.stringify(view) : renderStatus(view, { width, colors })}\n`);
    return exitCodes.done;
  }
  const [{ watchStatus }, { interruptible }] = await Promise.all([
    import("../view/live.ts"),
    import("../session.ts"),
  ]);
  const { signal, dispose } = interruptible();
  await watchStatus(() => statusView(environment), { everyMs: 1_000, signal }).finally(dispose);
  return exitCodes.done;
}

/** All that is known, from the journal and the cluster; nothing of it is remembered from before. */
export async function statusView(environment: Environment): Promise<StatusView> {
  const { config, journal, lease, traffic } = environment;
  const [{ current, entries }, weights, busy] = await Promise.all([
    journal.content(),
    traffic.weights(),
    lease.holder(),
  ]);
  const own = current ? entriesOf(entries, current.id) : [];
  const seen = own.findLast(({ signals }) => signals !== undefined)?.signals;
  const verdict = own.findLast((entry) => entry.verdict !== undefined)?.verdict;
  const problems = current ? unfinished(current, own, busy) : [];
  return {
    environment: config.environment,
    ...(current && { record: current }),
    ...(weights && { weights }),
    ...(seen && { signals: seen }),
    ...(verdict && { verdict }),
    ...(busy !== undefined && { busy }),
    ...(problems.length > 0 && { problems }),
    now: systemClock.now(),
  };
}

/** What was begun and has no end, with nobody at work on it. */
function unfinished(
  record: ReleaseRecord,
  entries: readonly JournalEntry[],
  busy: string | undefined,
): string[] {
  if (busy !== undefined || isOver(record) || record.phase === "promoted") return [];
  const last = entries.findLast(({ kind }) => kind === "intent" || kind === "done");
  const half = last?.kind === "intent" ? ` in the middle of "${last.action}"` : "";
  return [
    `Nobody is at work on this release; it stands${half}. Go on with release resume, or back with release rollback.`,
  ];
}

/** Every release and every switch by hand that the journal still has. */
export async function history(options: CommonOptions): Promise<ExitCode> {
  const { journal } = await openEnvironment(options);
  const { current, entries } = await journal.content();
  const lines = entries.filter(({ kind }) => kind === "done" || kind === "switched");
  if (options.json) process.stdout.write(`${JSON.stringify({ current, entries })}\n`);
  else for (const line of lines) process.stdout.write(`${historyLine(line)}\n`);
  if (lines.length === 0) tell("The journal is empty: nothing was released or switched yet.");
  return exitCodes.done;
}

const historyLine = ({ at, release, action, by }: JournalEntry): string =>
  `${new Date(at).toISOString().slice(0, 19)}Z  ${(release ?? "by hand").padEnd(24)}  ${action}  (${by})`;

/** One HTML file about one release. */
export async function report(
  id: string | undefined,
  options: CommonOptions & { output?: string },
): Promise<ExitCode> {
  const { config, journal } = await openEnvironment(options);
  const { current, entries } = await journal.content();
  const wanted = id ?? current?.id;
  const record =
    wanted === current?.id ? current : entries.findLast((entry) => entry.record?.id === wanted)?.record;
  if (!record) {
    const known = new Set(entries.flatMap((entry) => entry.record?.id ?? []));
    if (current) known.add(current.id);
    throw new ReleaseError(
      wanted === undefined
        ? "There is no release yet."
        : `The journal has no release ${wanted}; it has: ${[...known].join(", ") || "none"}.`,
    );
  }
  const [{ renderReport }, { signalHistory }, { writeFileSync }] = await Promise.all([
    import("../view/report.ts"),
    import("../adapters/signals.ts"),
    import("node:fs"),
  ]);
  const now = systemClock.now();
  const end = isOver(record) ? record.since : now;
  const past = await signalHistory(config).read(record.startedAt, end, config.release.scrapeIntervalSeconds);
  const html = renderReport({
    record,
    entries: entriesOf(entries, record.id),
    history: past,
    generatedAt: now,
  });
  const file = options.output ?? `release-${record.id}.html`;
  writeFileSync(file, html);
  process.stdout.write(`${file}\n`);
  return exitCodes.done;
}
