import { setTimeout as delay } from "node:timers/promises";
import { createLogUpdate } from "log-update";
import { renderStatus, type StatusView } from "./status.ts";
import { timeOfDay } from "./words.ts";

/** What of a view is news: figures and clocks are not, where every change is another line of a log. */
export function newsOf(view: StatusView): string {
  const { record, weights, verdict, busy, problems } = view;
  const { phase, step, paused, reason, id } = record ?? {};
  return JSON.stringify([id, phase, step, paused, reason, weights, verdict?.answer, busy, problems]);
}

/** One line that says it all, for logs. */
export function plainLine(view: StatusView): string {
  const { record, weights, verdict, problems = [] } = view;
  const about = record ? `${record.version} ${record.phase}` : "no release";
  const step = record?.phase === "ramping" ? ` step ${record.step + 1}/${record.steps.length}` : "";
  const shares = weights ? ` blue ${weights.blue} % green ${weights.green} %` : "";
  const gates = verdict ? ` gates ${verdict.answer}: ${verdict.reasons.join(" ")}` : "";
  const trouble = problems.length > 0 ? ` problems: ${problems.join(" ")}` : "";
  return `${timeOfDay(view.now)} ${view.environment}: ${about}${step}${shares}${gates}${trouble}`;
}

/**
 * Shows the state until `signal` aborts, `next` has no more, or nobody reads any longer (`| head`): redrawn on a terminal, one line for each change of it
 * without one. `next` may reject: what it says is shown as a problem, and the last state stays.
 */
export async function watchStatus(
  next: () => Promise<StatusView | undefined>,
  options: { everyMs: number; signal: AbortSignal; out?: NodeJS.WriteStream },
): Promise<void> {
  const { everyMs, signal, out = process.stdout } = options;
  const draw = out.isTTY ? createLogUpdate(out, { showCursor: false }) : undefined;
  let last: StatusView | undefined;
  let told = "";
  while (!signal.aborted && !out.destroyed) {
    try {
      last = await next();
      if (last === undefined) break;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      const now = Date.now();
      last = { environment: last?.environment ?? "?", ...last, now, problems: [problem] };
    }
    if (draw) {
      const colors = process.env.NO_COLOR === undefined;
      draw(renderStatus(last, { width: Math.max(20, out.columns - 1), colors }));
    } else if (newsOf(last) !== told) {
      told = newsOf(last);
      out.write(`${plainLine(last)}\n`);
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
  draw?.done();
}
