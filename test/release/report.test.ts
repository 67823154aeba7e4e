import { describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JournalEntry } from "../../release/domain/record.ts";
import type { Signals } from "../../release/domain/signals.ts";
import { renderChart, roundUp, type Chart } from "../../release/view/chart.ts";
import { renderReport } from "../../release/view/report.ts";
import { releaseRecord, startedAt } from "../support/release-record.ts";

const at = (seconds: number) => startedAt + seconds * 1000;
const weights = (green: number) => ({ blue: 100 - green, green });
const entry = (
  seconds: number,
  rest: Partial<JournalEntry> & Pick<JournalEntry, "kind" | "action">,
): JournalEntry => ({
  seq: seconds,
  at: at(seconds),
  release: "20261121-101530-1.1.0",
  by: "ada@build",
  ...rest,
});
const reason = "Error rate at 6% of 2000 requests to green, the limit is 1% (blue: 0.02%).";
const bad: JournalEntry[] = [
  entry(1, { kind: "intent", action: "deploy green" }),
  entry(40, { kind: "done", action: "deploy green" }),
  entry(50, { kind: "intent", action: "weight 10" }),
  entry(52, { kind: "done", action: "weight 10", weights: weights(10) }),
  entry(60, { kind: "sample", action: "look" }),
  entry(352, {
    kind: "verdict",
    action: "look",
    verdict: { answer: "promote", reasons: ["green: 1200 requests in 60 s, 0% failed, p95 140 ms."] },
  }),
  entry(355, { kind: "done", action: "weight 50", weights: weights(50) }),
  entry(520, { kind: "verdict", action: "look", verdict: { answer: "rollback", reasons: [reason] } }),
  entry(521, { kind: "done", action: "rollback", weights: weights(0) }),
  entry(530, { kind: "intent", action: "retire green" }),
];

/** Every ten seconds; green knows nothing before it has traffic, and turns bad at 500 s. */
const history: Signals[] = Array.from({ length: 61 }, (_, n) => {
  const seconds = n * 10;
  const share = seconds < 52 || seconds > 521 ? 0 : seconds < 355 ? 0.1 : 0.5;
  const wave = Math.sin(n / 3);
  return {
    at: at(seconds),
    windowSeconds: 60,
    problems: [],
    colors: {
      blue: { requests: 18_000 * (1 - share), errorRatio: 0.0002, p95Ms: 120 + 10 * wave },
      green:
        share === 0
          ? {}
          : {
              requests: 18_000 * share,
              errorRatio: seconds < 500 ? 0.0003 : 0.06,
              p95Ms: seconds < 500 ? 140 + 15 * wave : 900,
            },
    },
  };
});
const rolledBack = releaseRecord({ phase: "rolledBack", since: at(600), reason });
const report = (change: Partial<Parameters<typeof renderReport>[0]> = {}) =>
  renderReport({
    record: rolledBack,
    entries: bad,
    history: { signals: history },
    generatedAt: at(900),
    ...change,
  });

test("the report of a bad release is what was reviewed (UPDATE_GOLDEN=1 writes it anew)", () => {
  const file = fileURLToPath(new URL("report.golden", import.meta.url));
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, report());
  expect(report()).toBe(readFileSync(file, "utf8"));
});

test("needs nothing from anywhere and runs nothing", () => {
  const html = report();
  expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i);
  expect(html).toContain(`default-src 'none'`);
});

test("whatever is written in the journal, it stays text", () => {
  const evil = `</td><script>alert("x")</script>&'`;
  const record = releaseRecord({
    version: evil,
    image: evil,
    by: evil,
    reason: evil,
    paused: evil,
    strategy: evil,
  });
  const entries = [
    entry(1, { kind: "verdict", action: evil, by: evil, verdict: { answer: "hold", reasons: [evil] } }),
    entry(2, { kind: "done", action: evil, by: evil }),
  ];
  const html = report({ record, entries });
  expect(html).not.toContain("<script");
  expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(8);
});

describe("decisions", () => {
  const rows = (entries: JournalEntry[]) =>
    [...report({ entries }).matchAll(/<tr class="(\w+)">.*?data-name="What">([^<]*)</g)].map((found) =>
      found.slice(1),
    );

  test("leave samples out, and an intent that was carried out", () => {
    expect(rows(bad)).toEqual([
      ["done", "deploy green"],
      ["done", "weight 10"],
      ["promote", "gates: promote"],
      ["done", "weight 50"],
      ["rollback", "gates: rollback"],
      ["rollback", "rollback"],
      ["done", "retire green (begun, not finished)"],
    ]);
  });

  test("say so where there are none", () => {
    expect(report({ entries: [] })).toContain("The journal has nothing of this release.");
  });
});

describe("charts", () => {
  const paths = (html: string, kind: string) =>
    [...html.matchAll(new RegExp(`class="line ${kind}" d="([^"]*)"`, "g"))].map(([, path = ""]) => path);

  test("show the traffic as steps, from before the release to its end", () => {
    const [share = ""] = paths(report(), "green");
    // 0 % at the left, then 10, 50 and 0 % each from its moment on, to the right edge.
    expect(share).toBe("M58.0 166.0H86.9V150.4H255.6V88.0H348.0V166.0H392.0V166.0");
  });

  test("take the journal's samples where there is no Prometheus", () => {
    const signals = history[30];
    const withSample = [
      ...bad,
      ...(signals ? [entry(300, { kind: "sample", action: "look", signals })] : []),
    ];
    const html = report({ history: { signals: [] }, entries: withSample });
    expect(paths(html, "blue")[1]).toMatch(/^M[\d.]+ [\d.]+$/);
    expect(report({ history: { signals: [] } })).toContain("nothing was measured");
  });

  const chart: Chart = {
    title: "A & B",
    from: 0,
    to: 1000,
    atLeast: 10,
    format: String,
    marks: [],
    lines: [],
  };
  const line = (points: [number, number | undefined][]) => ({
    name: "x",
    kind: "x",
    points: points.map(([when, value]) => ({ at: when, value })),
  });

  test("leave a gap where nothing is known, and cut nothing off", () => {
    const svg = renderChart({
      ...chart,
      lines: [
        line([
          [0, 0],
          [250, undefined],
          [500, 10],
          [1000, 40],
        ]),
      ],
    });
    expect(paths(svg, "x")).toEqual(["M58.0 166.0M225.0 134.8L392.0 41.2"]);
    expect(svg).toContain('aria-label="A &amp; B"');
  });

  test("keep the peak of more points than can be drawn", () => {
    const points = Array.from({ length: 5000 }, (_, n): [number, number] => [n / 5, n === 2501 ? 10 : 1]);
    const [path = ""] = paths(renderChart({ ...chart, lines: [line(points)] }), "x");
    expect(path.split("L").length).toBeLessThan(700);
    expect(path).toMatch(/ 10\.0(L|$)/);
  });

  test.each([
    [0, 1],
    [0.011, 0.02],
    [1, 1],
    [3, 5],
    [7, 10],
    [1200, 2000],
    [2000, 2000],
  ])("a scale for %d ends at %d", (value, top) => expect(roundUp(value)).toBeCloseTo(top, 10));
});
