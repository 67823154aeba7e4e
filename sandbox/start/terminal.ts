import type { Look } from "./chart.ts";

/** What to draw with on stdout, or undefined where nothing can be drawn: a pipe, a file, CI, a dumb terminal. */
export function terminalLook(env: NodeJS.ProcessEnv = process.env): Look | undefined {
  if (!process.stdout.isTTY || env.TERM === "dumb" || env.CI !== undefined) return undefined;
  return {
    color: (env.NO_COLOR ?? "") === "",
    unicode: /utf-?8/i.test([env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value) ?? ""),
    width: process.stdout.columns,
  };
}

/** Writes lines to stdout. */
export const say = (...lines: string[]): void =>
  void process.stdout.write(lines.map((line) => `${line}\n`).join(""));
