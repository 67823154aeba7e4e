import type { Pod } from "./podObjects.ts";

/** As many as the gate counts errors in. */
const wanted = 100;
/** Of one pod's log; lines are rarely longer than 2 kB. */
const maxBytes = 200_000;
/** Errors of the start do not count for ever: older lines are not looked at, however few there are. */
const leastSeconds = 60;

const errorWords = new Set(["error", "err", "fatal", "critical", "crit", "alert", "emergency", "panic"]);
/** Loggers with numbers (pino, bunyan) say 50 for error. */
const errorNumber = 50;

/** Whether a log line is one of an error: a JSON object whose `level` says so. Other lines are not. */
export function isError(line: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return false;
  }
  if (typeof value !== "object" || value === null || !("level" in value)) return false;
  const { level } = value;
  if (typeof level === "number") return level >= errorNumber;
  return typeof level === "string" && errorWords.has(level.toLowerCase());
}

/** The newest lines of all pods together, and how many are errors; undefined where no pod's log could be read. */
export async function newestLines(
  read: (path: string) => Promise<string>,
  namespace: string,
  container: string,
  pods: readonly Pod[],
  windowSeconds: number,
): Promise<{ logs?: { lines: number; errors: number }; problem?: string }> {
  const query = new URLSearchParams({
    container,
    tailLines: String(wanted),
    sinceSeconds: String(Math.max(leastSeconds, windowSeconds)),
    limitBytes: String(maxBytes),
    timestamps: "true",
  });
  // A container that has not begun has no log, and the API server says no for it.
  const begun = pods.filter(({ status }) =>
    status?.containerStatuses?.some(
      ({ name, state }) => name === container && (state?.running ?? state?.terminated),
    ),
  );
  const answers = await Promise.allSettled(
    begun.map(({ metadata }) =>
      read(`/api/v1/namespaces/${namespace}/pods/${metadata.name}/log?${query.toString()}`),
    ),
  );
  const texts = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === "rejected");
  const problem = failed && `A pod's log could not be read: ${reason(failed.reason)}`;
  if (texts.length === 0 && begun.length > 0) return problem === undefined ? {} : { problem };
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    // Each begins with the time at which it was written.
    .sort()
    .slice(-wanted);
  const errors = lines.filter((line) => isError(line.slice(line.indexOf(" ") + 1))).length;
  return { logs: { lines: lines.length, errors }, ...(problem !== undefined && { problem }) };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
