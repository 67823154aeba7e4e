// Versions, when a release may start, and what a rollback means.
import { describe, expect, test } from "@jest/globals";
import type { Switched } from "../../infra/domain/journal.ts";
import { rollingBack } from "../../release/domain/machine.ts";
import {
  colorOf,
  imageLabel,
  plannedRelease,
  rollbackPlan,
  startMistakes,
  taggedImage,
  totalSeconds,
  wanted,
} from "../../release/domain/plan.ts";
import type { ReleaseRecord, TrafficConfig } from "../../release/domain/record.ts";

const digest = `app@sha256:${"ab".repeat(32)}`;
const blue: TrafficConfig = {
  activeColor: "blue",
  canaryWeight: 0,
  images: { blue: "app:1.0.0", green: "app:1.1.0" },
  idleSize: "warm",
};

const release = (change: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  ...plannedRelease({
    now: Date.UTC(2026, 10, 21, 10, 15, 30),
    environment: "production",
    stack: "production",
    version: "1.1.0",
    image: "app:1.1.0",
    strategy: "fast",
    steps: [],
    gated: true,
    before: blue,
    route: { namespace: "ns", name: "app", minReady: 2, readyTimeoutSeconds: 60 },
    watchSeconds: 0,
    keepWarmSeconds: 0,
    by: "ops@host",
  }),
  ...change,
});

test("a version is one with or without v; everything else is an image", () => {
  expect(wanted("1.4.2")).toEqual({ version: "1.4.2" });
  expect(wanted("v1.4.2-rc.1")).toEqual({ version: "1.4.2-rc.1" });
  expect(wanted("1.4")).toEqual({ image: "1.4" });
  expect(wanted(digest)).toEqual({ image: digest });
});

test("a version becomes a tag of what runs, in its own spelling", () => {
  expect(taggedImage("ghcr.io/x/app:1.0.0", "1.4.2")).toBe("ghcr.io/x/app:1.4.2");
  expect(taggedImage("localhost:5000/app:v1.0.0", "1.4.2")).toBe("localhost:5000/app:v1.4.2");
  expect(taggedImage(digest, "1.4.2")).toBeUndefined();
  expect(imageLabel(digest)).toBe("abababababab");
  expect(colorOf(blue.images, "1.1.0")).toBe("green");
  expect(colorOf(blue.images, "2.0.0")).toBeUndefined();
});

test("ids sort by time, and totals are the steps' sums", () => {
  expect(release().id).toBe("20261121-101530-1.1.0");
  expect(
    totalSeconds([
      { percent: 10, minSoakSeconds: 60, maxSoakSeconds: 120 },
      { percent: 100, minSoakSeconds: 5, maxSoakSeconds: 10 },
    ]),
  ).toEqual({ min: 65, max: 130 });
});

describe("a release may not start", () => {
  const idle = {
    current: undefined,
    entries: [],
    config: blue,
    live: { blue: 100, green: 0 },
    image: "app:1.2.0",
  };
  const switched = (config: TrafficConfig): Switched => ({
    seq: 1,
    at: 0,
    kind: "switched",
    action: "",
    by: "",
    weights: { blue: 0, green: 100 },
    config,
  });

  test("unless nothing is in its way", () => {
    expect(startMistakes(idle)).toEqual([]);
    expect(startMistakes({ ...idle, current: release({ phase: "promoted" }) })).toEqual([]);
    expect(startMistakes({ ...idle, entries: [switched(blue)] })).toEqual([]);
  });

  test.each(["preparing", "verifying", "ramping", "rollingBack"] as const)("while another is %s", (phase) => {
    expect(startMistakes({ ...idle, current: release({ phase }) })).toEqual([
      `Release 20261121-101530-1.1.0 is under way (${phase}); release status shows it, release abort ends it.`,
    ]);
  });

  test("when the idle colour has traffic", () => {
    expect(startMistakes({ ...idle, live: { blue: 90, green: 10 } })).toEqual([
      "green is not idle: the route has blue 90 %, green 10 % and the config canaryWeight 0.",
    ]);
  });

  test("from a config that is behind the journal", () => {
    expect(startMistakes({ ...idle, entries: [switched({ ...blue, activeColor: "green" })] })).toEqual([
      expect.stringMatching(/^The stack's config is behind: green is active since the last update/),
    ]);
  });

  test("with the image that runs already, nor without a route", () => {
    expect(startMistakes({ ...idle, image: "app:1.0.0" })).toHaveLength(1);
    expect(startMistakes({ ...idle, live: undefined })).toEqual([
      expect.stringMatching(/^There is no route yet/),
    ]);
  });
});

describe("a rollback", () => {
  const manual = (stable: "blue" | "green", before: TrafficConfig) =>
    release({
      id: "by-hand",
      stable,
      candidate: stable === "blue" ? "green" : "blue",
      before,
      phase: "promoted",
    });
  const ask = (state: Partial<Parameters<typeof rollbackPlan>[0]>) =>
    rollbackPlan({
      current: undefined,
      live: { blue: 90, green: 10 },
      config: blue,
      now: 5,
      reason: "r",
      manual,
      ...state,
    });

  test.each(["preparing", "verifying", "ramping", "promoted"] as const)(
    "ends a release that is %s",
    (phase) => {
      const current = release({ phase });
      expect(ask({ current })).toEqual({ record: rollingBack(current, 5, "r") });
    },
  );

  test("that is under way already is gone on with", () => {
    const current = rollingBack(release({ phase: "ramping" }), 1, "first");
    expect(ask({ current })).toEqual({ record: current });
  });

  test("of a rollback there is none", () => {
    const current = release({ phase: "rolledBack", reason: "too many errors" });
    expect(ask({ current, live: { blue: 100, green: 0 } })).toEqual({
      mistake:
        "Release 20261121-101530-1.1.0 is rolled back already (too many errors), and there is no rollback of a rollback: " +
        "blue has the traffic. Start 1.1.0 again: release start 1.1.0",
    });
  });

  test("brings a finished release back, whose old colour may be retired", () => {
    const current = release({ phase: "done" });
    expect(ask({ current, live: { blue: 0, green: 100 } })).toMatchObject({
      record: { phase: "rollingBack", endedPhase: "done", stable: "blue" },
    });
  });

  test("takes a failed one up again", () => {
    const current = release({ phase: "failed", endedPhase: "ramping" });
    expect(ask({ current })).toMatchObject({ record: { phase: "rollingBack", endedPhase: "ramping" } });
  });

  test("of a switch by hand goes to the other colour, of a canary by hand to the active one", () => {
    expect(ask({ live: { blue: 0, green: 100 } })).toMatchObject({ record: { stable: "blue" } });
    expect(ask({ live: { blue: 100, green: 0 } })).toMatchObject({ record: { stable: "green" } });
    expect(ask({ live: { blue: 80, green: 20 } })).toMatchObject({ record: { stable: "blue" } });
  });

  test("of a switch by hand after a promoted release goes back on that switch", () => {
    const current = release({ phase: "promoted" });
    expect(ask({ current, live: { blue: 100, green: 0 } })).toMatchObject({
      record: { id: "by-hand", stable: "green" },
    });
  });

  test("needs a route and somewhere to go", () => {
    expect(ask({ live: undefined })).toHaveProperty("mistake");
    expect(
      ask({ live: { blue: 100, green: 0 }, config: { ...blue, images: { blue: "app:1.0.0" } } }),
    ).toEqual({
      mistake: "green has no image to go back to.",
    });
  });
});
