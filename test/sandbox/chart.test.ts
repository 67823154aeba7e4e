import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Sample } from "../../sandbox/load/index.ts";
import {
  columnMs,
  columnsIn,
  columnsOf,
  drawChart,
  legend,
  shareOf,
  type Look,
} from "../../sandbox/start/chart.ts";
import { plainLine, seconds, table } from "../../sandbox/start/lines.ts";

const plain: Look = { color: false, unicode: false, width: 47 };
const column = (blue: number, green: number, failures = 0) => ({ byColor: { blue, green }, failures });

describe("columns", () => {
  test("sum samples by time and leave out the one under way", () => {
    const samples: Sample[] = [
      { at: 1_000, byColor: { blue: 5 }, failures: 0 },
      { at: 1_100, byColor: { blue: 3, green: 2 }, failures: 1 },
      { at: 1_250, byColor: { green: 7 }, failures: 0 },
      { at: 1_510, byColor: { green: 9 }, failures: 0 },
    ];
    expect(columnsOf(samples, 1_000, 1_600, 250)).toEqual([
      { byColor: { blue: 8, green: 2 }, failures: 1 },
      { byColor: { green: 7 }, failures: 0 },
    ]);
  });

  test("get longer as time goes by, so that all of it fits", () => {
    expect([0, 10_000, 10_001, 45_000].map((elapsed) => columnMs(elapsed, 40))).toEqual([
      250, 250, 500, 2_000,
    ]);
  });

  test("share is of answers only, and 0 without any", () => {
    expect(shareOf("green", column(1, 3, 4))).toBe(0.75);
    expect(shareOf("green", { byColor: {}, failures: 2 })).toBe(0);
  });
});

test("draws who answered, when what happened, and which moments lost requests", () => {
  const columns = [
    column(10, 0),
    column(10, 0),
    column(5, 5),
    column(0, 10, 2),
    { byColor: {}, failures: 3 },
  ];
  const marks = [
    { atMs: 500, label: "to green" },
    { atMs: 1_000, label: "to blue" },
  ];
  expect(drawChart({ columns, columnMs: 250, marks }, plain)).toEqual([
    " 100%|##.. ",
    "     |##.. ",
    "     |##.. ",
    "     |##.. ",
    "     |##.. ",
    "  50%|###. ",
    "     |###. ",
    "     |###. ",
    "     |###. ",
    "     |###. ",
    `     +${"-".repeat(40)}`,
    "      0s                  5s",
    "        ^ to green",
    "          ^ to blue",
    "         xx",
    "      x failed requests",
  ]);
});

test("uses blocks and colours where the terminal has them", () => {
  const look = { ...plain, unicode: true, color: true };
  const lines = drawChart({ columns: [column(1, 0), column(0, 1)], columnMs: 250, marks: [] }, look);
  expect(lines[0]).toBe(" 100%│\x1b[94m█\x1b[0m\x1b[92m░\x1b[0m");
  expect(legend(column(3, 1), { requests: 12, failures: 0 }, { ...look, color: false })).toBe(
    "█ blue  75%   ░ green  25%   12 requests, 0 failed",
  );
});

test("no line is wider than the terminal", () => {
  const anyColumn = fc.record({
    byColor: fc.record({ blue: fc.nat(50), green: fc.nat(50) }),
    failures: fc.nat(2),
  });
  const anyMark = fc.record({ atMs: fc.nat(60_000), label: fc.constantFrom("to green", "back to blue") });
  fc.assert(
    fc.property(
      fc.integer({ min: 30, max: 200 }),
      fc.array(anyColumn, { maxLength: 300 }),
      fc.array(anyMark, { maxLength: 4 }),
      (width, columns, marks) => {
        const look = { ...plain, width };
        const lines = drawChart({ columns, columnMs: columnMs(60_000, columnsIn(look)), marks }, look);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test("plain lines and tables", () => {
  expect(plainLine(12_000, column(490, 10, 1))).toBe("12.0s blue 98% green 2% 501 req/s 1 failed");
  expect(seconds(1_249)).toBe("1.2s");
  expect(
    table([
      ["switch", "requests"],
      ["blue to green", "812"],
    ]),
  ).toEqual(["switch         requests", "blue to green       812"]);
});
