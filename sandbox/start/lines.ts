import { shareOf, type Column } from "./chart.ts";

/** `12.0s  blue 100%  green   0%  500 req/s  0 failed`: one second of load where nothing can be drawn. */
export function plainLine(elapsedMs: number, column: Column): string {
  const requests = Object.values(column.byColor).reduce((sum, count) => sum + count, column.failures);
  const percent = (color: string): string => `${color} ${Math.round(shareOf(color, column) * 100)}%`;
  return `${seconds(elapsedMs)} ${percent("blue")} ${percent("green")} ${requests} req/s ${column.failures} failed`;
}

/** `1.2s`, from milliseconds. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)}s`;

/** Columns as wide as their widest cell; the first row is the heading. Numbers stand to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^[\d.]/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
