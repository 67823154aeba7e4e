import { describe, expect, test } from "@jest/globals";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { newsOf, plainLine, watchStatus } from "../../release/view/live.ts";
import { renderStatus, type StatusView } from "../../release/view/status.ts";
import { percent, span, whole } from "../../release/view/words.ts";
import { releaseRecord, startedAt } from "../support/release-record.ts";

const view: StatusView = {
  environment: "production",
  record: releaseRecord(),
  weights: { blue: 50, green: 50 },
  signals: {
    at: startedAt + 500_000,
    windowSeconds: 60,
    colors: {
      blue: {
        requests: 13_500,
        errorRatio: 0,
        p95Ms: 12.2,
        restarts: 0,
        unavailable: 0,
        healthFailuresInARow: 0,
      },
      green: {
        requests: 1640,
        errorRatio: 0.00123,
        p95Ms: 140,
        restarts: 2,
        unavailable: 1,
        healthFailuresInARow: 1,
      },
    },
    problems: [],
  },
  verdict: {
    answer: "hold",
    reasons: ["1 pod of green not available for 5 s.", "The health path of green failed 1 times in a row."],
  },
  now: startedAt + 510_000,
};
const plain = (change: Partial<StatusView> = {}, width = 100) =>
  renderStatus({ ...view, ...change }, { width, colors: false });
const line = (start: string, text: string) => text.split("\n").find((one) => one.startsWith(start));

test("a ramp, whole", () => {
  expect(`${plain()}\n`).toBe(`production: release 1.1.0 (green, replaces blue)  ramping, step 2 of 3
20261121-101530-1.1.0, strategy fast, by ada@build, since 2026-11-21 10:15:30 (8 min 30 s)

steps     ✔ 10 %   ▶ 50 %   · 100 %
traffic   blue  50 % ████████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ 50 % green

             requests     errors        p95   (last 60 s)
blue           13,500      0.00%      12 ms
green           1,640      0.12%     140 ms   health failed 1×, 2 restarts, 1 pod missing

waits for 3 min 10 s of content gates (10:27:10); at 10:52:10, in 28 min 10 s, it goes back
gates     hold     1 pod of green not available for 5 s.
                   The health path of green failed 1 times in a row.
`);
});

describe("phases", () => {
  test.each([
    ["preparing", "green to have the new image", "· 10 %   · 50 %   · 100 %"],
    ["verifying", "green to be ready and pass its smoke tests", "· 10 %   · 50 %   · 100 %"],
    ["promoted", "the end of the watch; blue is kept to go back to", "✔ 10 %   ✔ 50 %   ✔ 100 %"],
    ["rollingBack", "all the traffic on blue", "✔ 10 %   ✖ 50 %   · 100 %"],
    ["rolledBack", "nothing", "✔ 10 %   ✖ 50 %   · 100 %"],
    ["failed", "a person", "✔ 10 %   ✖ 50 %   · 100 %"],
    ["done", "nothing", "✔ 10 %   ✔ 50 %   ✔ 100 %"],
  ] as const)("%s", (phase, waits, steps) => {
    const text = plain({ record: releaseRecord({ phase }) });
    expect(line("waits for", text)).toBe(`waits for ${waits}`);
    expect(line("steps", text)).toBe(`steps     ${steps}`);
  });

  test("a pause waits for a person, and says why", () => {
    const text = plain({ record: releaseRecord({ paused: "The response time." }) });
    expect(line("paused", text)).toBe("paused:   The response time.");
    expect(line("waits for", text)).toBe("waits for a person: release resume, promote or rollback");
  });

  test("a rollback says because of what; what is over has taken so long and not longer", () => {
    const text = plain({ record: releaseRecord({ phase: "rolledBack", reason: "Too many errors." }) });
    expect(line("because", text)).toBe("because:  Too many errors.");
    expect(text).toContain("(6 min 40 s)");
  });
});

test("what is not known is a question mark, and old figures say their age", () => {
  const signals = { at: startedAt, windowSeconds: 60, colors: { blue: {}, green: {} }, problems: [] };
  const text = plain({ signals });
  expect(line("green", text)).toBe("green               ?          ?          ?");
  expect(text).toContain("(last 60 s, 8 min 30 s ago)");
});

test("without a release there is the traffic, and who is at work", () => {
  const idle: StatusView = {
    environment: "staging",
    weights: { blue: 0, green: 0 },
    busy: "ada@build",
    problems: ["Half done."],
    now: 0,
  };
  expect(renderStatus(idle, { width: 80, colors: false }).split("\n")).toEqual([
    "staging: no release yet",
    "traffic   blue   0 % ········································ 0 % green",
    "at work   ada@build",
    "problem   Half done.",
  ]);
});

test("no line is longer than the terminal, with colours or without", () => {
  for (const width of [20, 40, 79]) {
    for (const colors of [true, false]) {
      const lines = stripVTControlCharacters(renderStatus(view, { width, colors })).split("\n");
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
      expect(lines.some((one) => one.endsWith("…"))).toBe(true);
    }
  }
});

test("what the gates say is wrapped, not cut", () => {
  const text = plain({}, 45);
  expect(text.slice(text.indexOf("\ngates") + 1)).toBe(
    [
      "gates     hold     1 pod of green not",
      "                   available for 5 s.",
      "                   The health path of green",
      "                   failed 1 times in a row.",
    ].join("\n"),
  );
});

test("colours change nothing but the colour", () => {
  const colored = renderStatus(view, { width: 100, colors: true });
  expect(colored).toContain("\u001B[");
  expect(stripVTControlCharacters(colored).replace(/ +$/gm, "")).toBe(plain());
});

describe("watching", () => {
  const watch = async (views: (StatusView | Error | undefined)[]) => {
    const out = new PassThrough();
    const parts: Buffer[] = [];
    out.on("data", (part: Buffer) => parts.push(part));
    const next = () => {
      const one = views.shift();
      return one instanceof Error ? Promise.reject(one) : Promise.resolve(one);
    };
    await watchStatus(next, {
      everyMs: 1,
      signal: new AbortController().signal,
      out: out as unknown as NodeJS.WriteStream,
    });
    return Buffer.concat(parts)
      .toString("utf8")
      .split("\n")
      .filter((text) => text !== "");
  };

  test("without a terminal tells what changed, once", async () => {
    const later = {
      ...view,
      now: view.now + 1000,
      signals: {
        ...(view.signals ?? { colors: { blue: {}, green: {} }, problems: [], windowSeconds: 60 }),
        at: 7,
      },
    };
    const moved = { ...view, weights: { blue: 0, green: 100 } };
    expect(newsOf(later)).toBe(newsOf(view));
    expect(await watch([view, later, moved, undefined])).toEqual([
      "10:24:00 production: 1.1.0 ramping step 2/3 blue 50 % green 50 % gates hold: 1 pod of green not available for 5 s. The health path of green failed 1 times in a row.",
      expect.stringContaining("blue 0 % green 100 %"),
    ]);
  });

  test("goes on when it cannot be seen for a while", async () => {
    const [first, second, third] = await watch([
      view,
      new Error("The API server does not answer."),
      view,
      undefined,
    ]);
    expect([first, third?.slice(8)]).toEqual([plainLine(view), plainLine(view).slice(8)]);
    expect(second).toContain("problems: The API server does not answer.");
  });

  test("ends when it is told to", async () => {
    const stop = new AbortController();
    const out = new PassThrough() as unknown as NodeJS.WriteStream;
    setTimeout(() => stop.abort(), 20);
    await watchStatus(() => Promise.resolve(view), { everyMs: 60_000, signal: stop.signal, out });
    expect(stop.signal.aborted).toBe(true);
  });

  test("ends when nobody reads any longer", async () => {
    const out = new PassThrough();
    let asked = 0;
    const next = () => {
      if (++asked === 2) out.destroy();
      return Promise.resolve(asked > 100 ? undefined : view);
    };
    await watchStatus(next, {
      everyMs: 1,
      signal: new AbortController().signal,
      out: out as unknown as NodeJS.WriteStream,
    });
    expect(asked).toBe(2);
  });
});

describe("words", () => {
  test.each([
    [0, "0 s"],
    [-5, "0 s"],
    [59_400, "59 s"],
    [60_000, "1 min"],
    [90_000, "1 min 30 s"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [180_000_000, "2 d 2 h"],
  ])("%d ms are %s", (ms, text) => expect(span(ms)).toBe(text));

  test("figures", () => {
    expect([percent(undefined), percent(0.1126), whole(undefined), whole(1_234_567.8), whole(12)]).toEqual([
      "?",
      "11.26%",
      "?",
      "1,234,568",
      "12",
    ]);
  });
});
