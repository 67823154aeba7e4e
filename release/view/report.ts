import { colors, routeWeights, type Color } from "../../infra/domain/traffic.ts";
import type { JournalEntry, ReleaseRecord } from "../domain/record.ts";
import type { ColorSignals, Signals } from "../domain/signals.ts";
import type { History } from "../ports.ts";
import { escapeHtml, renderChart, type Chart, type Line } from "./chart.ts";
import { reportStyle } from "./reportStyle.ts";
import { dateTime, phaseWords, span, stepWords, timeOfDay } from "./words.ts";

export interface ReportInput {
  record: ReleaseRecord;
  /** The journal's entries of this release, oldest first. */
  entries: readonly JournalEntry[];
  /** From Prometheus, where there is one; the journal's own samples fill in. */
  history: History;
  /** Milliseconds since 1970. */
  generatedAt: number;
}

/** One HTML file about one release, complete in itself: it needs no network and runs no script. */
export function renderReport({ record, entries, history, generatedAt }: ReportInput): string {
  const title = `Release ${record.version} to ${record.environment}`;
  const over = record.phase === "done" || record.phase === "rolledBack";
  const last = entries.at(-1)?.at ?? record.since;
  const to = Math.max(record.startedAt + 1, over ? Math.max(last, record.since) : generatedAt);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
${reportStyle}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)} <span class="phase ${record.phase}">${escapeHtml(phaseWords[record.phase] + stepWords(record))}</span></h1>
${record.reason === undefined ? "" : `<p class="reason">${escapeHtml(record.reason)}</p>\n`}${factsList(record, to)}
<p class="legend">${colors.map((color) => `<span class="key ${color}">${color}: ${color === record.candidate ? `the new version, ${escapeHtml(record.version)}` : "the version before"}</span>`).join(" ")}</p>
<div class="charts">
${charts(record, entries, history, to).map(figure).join("\n")}
</div>
<h2>What happened</h2>
${decisionsTable(entries)}
<footer>Made ${dateTime(generatedAt)}. All times are UTC.</footer>
</main>
</body>
</html>
`;
}

const figure = (chart: Chart): string =>
  `<figure>\n<figcaption>${escapeHtml(chart.title)}</figcaption>\n${renderChart(chart)}\n</figure>`;

function factsList(record: ReleaseRecord, to: number): string {
  const steps = record.steps.map(({ percent }) => `${percent} %`).join(", ");
  const facts = [
    ["Release", record.id],
    ["Image", record.image],
    ["Colours", `${record.candidate} replaces ${record.stable}`],
    ["Strategy", `${record.strategy} (${steps})`],
    ["Begun", `${dateTime(record.startedAt)}, by ${record.by}`],
    ["Lasted", span(to - record.startedAt)],
    ...(record.paused === undefined ? [] : [["Paused", record.paused]]),
  ];
  return `<dl>\n${facts.map(([name = "", text = ""]) => `<div><dt>${name}</dt><dd>${escapeHtml(text)}</dd></div>`).join("\n")}\n</dl>`;
}

function charts(
  record: ReleaseRecord,
  entries: readonly JournalEntry[],
  history: History,
  to: number,
): Chart[] {
  const samples = samplesOf(entries, history);
  const marks = decisions(entries).map((entry) => ({
    at: entry.at,
    kind: markKind(entry),
    title: `${timeOfDay(entry.at)} ${whatOf(entry)}`,
  }));
  const frame = { from: record.startedAt, to, marks };
  const line = (color: Color, value: (seen: ColorSignals) => number | undefined): Line => ({
    name: color,
    kind: color,
    points: samples.map(({ at, colors: seen }) => ({ at, value: value(seen[color]) })),
  });
  return [
    {
      ...frame,
      title: "Share of the traffic",
      atLeast: 100,
      atMost: 100,
      format: (value) => `${value}%`,
      lines: colors.map((color) => weightLine(color, record, entries, to)),
    },
    {
      ...frame,
      title: "Failed requests",
      atLeast: 1,
      atMost: 100,
      format: (value) => `${Number(value.toFixed(2))}%`,
      lines: colors.map((color) =>
        line(color, ({ errorRatio }) => (errorRatio === undefined ? undefined : errorRatio * 100)),
      ),
    },
    {
      ...frame,
      title: "Response time (p95)",
      atLeast: 100,
      format: (value) => (value >= 10_000 ? `${value / 1000} s` : `${value} ms`),
      lines: colors.map((color) => line(color, ({ p95Ms }) => p95Ms)),
    },
    {
      ...frame,
      title: "Requests a second",
      atLeast: 1,
      format: (value) => String(Number(value.toFixed(2))),
      lines:
        samples.length === 0
          ? []
          : colors.map((color) => ({
              name: color,
              kind: color,
              points: samples.map(({ at, windowSeconds, colors: seen }) => {
                const { requests } = seen[color];
                return { at, value: requests === undefined ? undefined : requests / windowSeconds };
              }),
            })),
    },
  ];
}

/** Prometheus' samples and the journal's, by time. */
function samplesOf(entries: readonly JournalEntry[], { signals }: History): Signals[] {
  const own = entries.flatMap((entry) => entry.signals ?? []);
  return [...(signals.length > 0 ? signals : own)].sort((a, b) => a.at - b.at);
}

/** From the traffic before the release, by every change that was done, to the end. */
function weightLine(color: Color, record: ReleaseRecord, entries: readonly JournalEntry[], to: number): Line {
  const { activeColor, canaryWeight } = record.before;
  const changes = entries.flatMap(({ at, kind, weights }) =>
    weights && kind !== "intent" ? [{ at, weights }] : [],
  );
  const all = [{ at: record.startedAt, weights: routeWeights(activeColor, canaryWeight) }, ...changes];
  const points = [...all, { at: to, weights: all.at(-1)?.weights ?? { blue: 0, green: 0 } }];
  return {
    name: color,
    kind: color,
    steps: true,
    points: points.map(({ at, weights }) => ({ at, value: weights[color] })),
  };
}

/** Samples are in the charts, and an intent that was carried out is told by its end. */
function decisions(entries: readonly JournalEntry[]): JournalEntry[] {
  return entries.filter(
    ({ kind, action }, n) =>
      kind !== "sample" &&
      !(
        kind === "intent" &&
        entries.slice(n + 1).some((later) => later.kind === "done" && later.action === action)
      ),
  );
}

const markKind = ({ action, verdict }: JournalEntry): string =>
  verdict?.answer ?? (action.startsWith("roll") ? "rollback" : "done");

const whatOf = ({ kind, action, verdict }: JournalEntry): string =>
  kind === "verdict" && verdict
    ? `gates: ${verdict.answer}`
    : kind === "intent"
      ? `${action} (begun, not finished)`
      : kind === "switched"
        ? `update: ${action}`
        : action;

function decisionsTable(entries: readonly JournalEntry[]): string {
  const told = decisions(entries);
  if (told.length === 0) return "<p>The journal has nothing of this release.</p>";
  const rows = told.map((entry) => {
    const { at, weights, verdict, by } = entry;
    const shares = weights ? `blue ${weights.blue} %, green ${weights.green} %` : "";
    const why = verdict?.reasons.join(" ") ?? "";
    const cells = [
      ["Time", `<time datetime="${new Date(at).toISOString()}">${dateTime(at)}</time>`],
      ["What", escapeHtml(whatOf(entry))],
      ["Traffic", shares],
      ["Why", escapeHtml(why)],
      ["By", escapeHtml(by)],
    ];
    const inner = cells.map(
      ([name = "", text = ""]) => `<td data-name="${name}"${text === "" ? ' class="none"' : ""}>${text}</td>`,
    );
    return `<tr class="${markKind(entry)}">${inner.join("")}</tr>`;
  });
  return `<table>
<thead><tr><th>Time</th><th>What</th><th>Traffic</th><th>Why</th><th>By</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}
