// What the journal keeps, and what an update of the stack may do beside a release.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  appliedText,
  author,
  moveMistake,
  newestConfig,
  thinned,
  type Line,
} from "../../infra/domain/journal.ts";
import type { TrafficConfig } from "../../infra/domain/traffic.ts";

const blue: TrafficConfig = {
  activeColor: "blue",
  canaryWeight: 0,
  images: { blue: "app:1", green: "app:2" },
  idleSize: "warm",
};

describe("a journal that grows", () => {
  const kinds = ["intent", "done", "verdict", "sample", "switched"];
  const anyLines = fc.array(
    fc.record({ kind: fc.constantFrom(...kinds), size: fc.integer({ min: 0, max: 400 }) }),
    {
      maxLength: 300,
    },
  );
  const written = (lines: { kind: string; size: number }[]): string[] =>
    lines.map(({ kind, size }, seq) => JSON.stringify({ seq, at: seq, kind, text: "x".repeat(size) }));
  const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Line);

  test("stays within its bounds, in order, with the newest line and the newest switch", () => {
    fc.assert(
      fc.property(anyLines, (lines) => {
        const all = written(lines);
        const kept = thinned(all, 5_000);
        const room = Math.max(5_000, ...[...all.slice(-1), ""].map((line) => 2 * line.length + 500));
        expect(kept.join("\n").length).toBeLessThanOrEqual(room);
        const seqs = parsed(kept).map(({ seq }) => seq);
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
        expect(newestConfig(parsed(kept))?.seq).toBe(newestConfig(parsed(all))?.seq);
      }),
    );
  });

  test("that fits is left alone", () => {
    const all = written([
      { kind: "sample", size: 10 },
      { kind: "done", size: 10 },
    ]);
    expect(thinned(all, 5_000)).toEqual(all);
  });

  test("loses old samples first, and never all of what is being watched", () => {
    const all = written([
      { kind: "intent", size: 10 },
      ...Array.from({ length: 100 }, () => ({ kind: "sample", size: 100 })),
      { kind: "done", size: 10 },
    ]);
    const kept = parsed(thinned(all, 8_000));
    expect(kept.filter(({ kind }) => kind !== "sample").map(({ kind }) => kind)).toEqual(["intent", "done"]);
    const samples = kept.filter(({ kind }) => kind === "sample").map(({ seq }) => seq);
    expect(samples.length).toBeGreaterThan(20);
    expect(samples.slice(-20)).toEqual(Array.from({ length: 20 }, (_, n) => 81 + n));
  });
});

test("a change is told by what is new in it", () => {
  expect(appliedText(blue, { activeColor: "blue", canaryWeight: 10, images: { green: "app:3" } })).toBe(
    "canaryWeight 10, images.green app:3",
  );
  expect(appliedText(blue, blue)).toBeUndefined();
});

test("the author is the workflow's run, else the person", () => {
  const env = {
    GITHUB_RUN_ID: "7",
    GITHUB_ACTOR: "ops",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "a/b",
  };
  expect(author(env, "u", "h")).toBe("ops, https://github.com/a/b/actions/runs/7");
  expect(author({}, "u", "h")).toBe("u@h");
});

test("an update that leaves traffic alone is nobody's business, and the driver's moves are its own", () => {
  const current = { id: "r", phase: "rollingBack", candidate: "green" as const };
  const move = {
    live: { blue: 100, green: 0 },
    next: { blue: 0, green: 100 },
    current,
    driver: false,
    ci: true,
    stack: "s",
  };
  expect(moveMistake({ ...move, next: move.live })).toBeUndefined();
  expect(moveMistake({ ...move, live: undefined })).toBeUndefined();
  expect(moveMistake({ ...move, driver: true })).toBeUndefined();
  expect(moveMistake(move)).toMatch(/^In CI only/);
  expect(moveMistake({ ...move, ci: false })).toMatch(/^Release r is being rolled back/);
});
