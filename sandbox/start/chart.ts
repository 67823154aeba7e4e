import type { Sample } from "../load/index.ts";

/** One moment of the picture: how many answers each colour gave, and how many requests failed. */
export interface Column {
  byColor: Record<string, number>;
  failures: number;
}

/** Something that happened while the load ran. */
export interface Mark {
  /** Milliseconds since the load began. */
  atMs: number;
  label: string;
}

/** What the terminal can show. */
export interface Look {
  /** ANSI colours; the patterns differ without them too. */
  color: boolean;
  /** Block characters; else plain ASCII. */
  unicode: boolean;
  /** Columns of the terminal. */
  width: number;
}

/** Rows of the picture: ten percent each. */
const ROWS = 10;
/** Room for the percent scale on the left. */
const SCALE_WIDTH = 6;

interface Pattern {
  unicode: string;
  ascii: string;
  ansi: number;
}

// Full against light tells the two apart in any colours, and without.
const patterns: Readonly<Record<string, Pattern>> = {
  blue: { unicode: "█", ascii: "#", ansi: 94 },
  green: { unicode: "░", ascii: ".", ansi: 92 },
};
const otherPattern: Pattern = { unicode: "?", ascii: "?", ansi: 0 };

const paint = (text: string, ansi: number, look: Look): string =>
  look.color && ansi !== 0 ? `\x1b[${ansi}m${text}\x1b[0m` : text;

function patternOf(color: string, look: Look): string {
  const { unicode, ascii, ansi } = patterns[color] ?? otherPattern;
  return paint(look.unicode ? unicode : ascii, ansi, look);
}

/** How many columns a picture of this width has, at least 10. */
export const columnsIn = (look: Look): number => Math.max(10, look.width - SCALE_WIDTH - 1);

/** The shortest of 250 ms, 500 ms, 1 s, 2 s ... a column with which everything so far fits the width. */
export function columnMs(elapsedMs: number, columns: number): number {
  let ms = 250;
  while (elapsedMs > ms * columns) ms *= 2;
  return ms;
}

/** Sums the samples into columns of `ms` from `start` on, both in milliseconds; the one under way is left out. */
export function columnsOf(samples: readonly Sample[], start: number, now: number, ms: number): Column[] {
  const columns: Column[] = Array.from({ length: Math.max(0, Math.floor((now - start) / ms)) }, () => ({
    byColor: {},
    failures: 0,
  }));
  for (const sample of samples) {
    const column = columns[Math.floor((sample.at - start) / ms)];
    if (!column) continue;
    column.failures += sample.failures;
    for (const [color, count] of Object.entries(sample.byColor)) {
      column.byColor[color] = (column.byColor[color] ?? 0) + count;
    }
  }
  return columns;
}

/** A colour's share of the answers, 0 to 1. */
export function shareOf(color: string, { byColor }: Column): number {
  const all = Object.values(byColor).reduce((sum, count) => sum + count, 0);
  return all === 0 ? 0 : (byColor[color] ?? 0) / all;
}

/** The characters of one column, bottom to top: the first colour below, the second on it. */
function stack(column: Column, look: Look): string[] {
  const answered = Object.values(column.byColor).some((count) => count > 0);
  if (!answered) return Array.from({ length: ROWS }, () => " ");
  const first = Math.round(shareOf("blue", column) * ROWS);
  return Array.from({ length: ROWS }, (_, row) => patternOf(row < first ? "blue" : "green", look));
}

/** Labels under the time axis at their columns; one that would touch its neighbour moves to the next line. */
function markLines(marks: readonly Mark[], ms: number, columns: number, look: Look): string[] {
  const lines: string[] = [];
  for (const { atMs, label } of marks) {
    const text = `${look.unicode ? "▲" : "^"} ${label}`;
    const at = Math.max(0, Math.min(Math.floor(atMs / ms), columns - text.length));
    const free = lines.findIndex((line) => line.length < at || line.length === 0);
    const index = free < 0 ? lines.length : free;
    lines[index] = (lines[index] ?? "").padEnd(at) + text;
  }
  return lines;
}

function timeAxis(ms: number, columns: number): string {
  const every = 20;
  return Array.from({ length: Math.ceil(columns / every) }, (_, n) =>
    `${(n * every * ms) / 1_000}s`.padEnd(every),
  )
    .join("")
    .slice(0, columns)
    .trimEnd();
}

/** The picture of who answered over time, as lines no wider than the terminal. */
export function drawChart(
  picture: { columns: readonly Column[]; columnMs: number; marks: readonly Mark[] },
  look: Look,
): string[] {
  const room = columnsIn(look);
  const shown = picture.columns.slice(-room);
  const stacks = shown.map((column) => stack(column, look));
  const edge = look.unicode ? "│" : "|";
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const row = ROWS - 1 - n;
    const percent = (row + 1) * 10;
    const label = percent % 50 === 0 ? `${percent}%` : "";
    return `${label.padStart(SCALE_WIDTH - 1)}${edge}${stacks.map((cells) => cells[row] ?? " ").join("")}`;
  });
  const indent = " ".repeat(SCALE_WIDTH);
  const cross = paint(look.unicode ? "×" : "x", 91, look);
  const failures = shown.map((column) => (column.failures > 0 ? cross : " ")).join("");
  const axis = `${" ".repeat(SCALE_WIDTH - 1)}${look.unicode ? "└" : "+"}${(look.unicode ? "─" : "-").repeat(room)}`;
  return [
    ...rows,
    axis,
    indent + timeAxis(picture.columnMs, room),
    ...markLines(picture.marks, picture.columnMs, room, look).map((line) => indent + line),
    ...(shown.some((column) => column.failures > 0)
      ? [`${indent}${failures}`, `${indent}${cross} failed requests`]
      : []),
  ];
}

/** One line with the moment's figures; `pattern` marks each colour as the picture does. */
export function legend(column: Column, totals: { requests: number; failures: number }, look: Look): string {
  const shares = ["blue", "green"].map(
    (color) =>
      `${patternOf(color, look)} ${color} ${String(Math.round(shareOf(color, column) * 100)).padStart(3)}%`,
  );
  return `${shares.join("   ")}   ${totals.requests} requests, ${totals.failures} failed`;
}
