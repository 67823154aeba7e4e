import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { median } from "../../sandbox/bench/figures.ts";
import { previewLines } from "../../sandbox/bench/preview.ts";
import { resultText } from "../../sandbox/bench/run.ts";
import { switchLines } from "../../sandbox/bench/switch.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";

const empty = mkdtempSync(join(tmpdir(), "pulse-cli-"));
afterAll(() => rmSync(empty, { recursive: true, force: true }));

const cli = (...args: string[]) =>
  runProcess(process.execPath, [join(projectRoot, "sandbox/cli.ts"), ...args], { cwd: empty });

test("names its commands", async () => {
  const { code, stdout } = await cli("--help");
  expect(code).toBe(0);
  for (const command of [
    "start",
    "status",
    "cloud",
    "down",
    "pulumi",
    "bench",
    "check-workflows",
    "scan-secrets",
  ]) {
    expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, "m"));
  }
});

test.each([
  [["start", "--rate", "0"], "argument '0' is invalid. Want a whole number from 1 to 5000."],
  [["start", "--gateway-port", "http"], "argument 'http' is invalid. Want a whole number from 1 to 65535."],
  [["bench", "coffee"], "Allowed choices are switch"],
  [["stat"], "unknown command 'stat'"],
])("%j is refused in a sentence", async (args, sentence) => {
  const { code, stderr } = await cli(...args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("ends quietly when nobody reads on, as with head", async () => {
  const command = `"${process.execPath}" "${join(projectRoot, "sandbox/cli.ts")}" diff staging production`;
  const { stdout, stderr } = await runProcess("sh", ["-c", `{ ${command}; echo "code $?" >&2; } | :`]);
  expect([stdout, stderr]).toEqual(["", "code 0\n"]);
});

test("medians", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, NaN]);
});

test("the bench says which goals are met", () => {
  const figures = {
    floorMs: [2_000, 2_100, 1_900],
    upMs: [2_500, 2_400, 2_600],
    ratio: 1.25,
    switchMs: [2_900, 3_600, 3_100],
    requests: 100_001,
    failures: 0,
    requestsPerSecond: 1_000,
  };
  expect(switchLines(figures).map(resultText)).toEqual([
    "pulumi up    median 2.5s for a switch, 2.0s for one resource, ratio 1.25 (goal <= 1.3: met)",
    "switch       median 3.1s, slowest 3.6s until all traffic moved (goal < 3.0s: not met)",
    "failures     0 of 100001 requests in 3 switches at 1000/s (goal 0 of at least 100000: met)",
  ]);
});

test("the preview bench takes what providers need off both sides, and compares the steps of growth", () => {
  const lines = previewLines({
    times: {
      none: [900, 1_000, 1_100],
      platform: [4_000],
      "platform providers": [2_500],
      slack: [1_500],
      "slack provider": [1_300],
      environment: [1_800],
      kubernetes: [1_600],
      "kubernetes provider": [1_400],
    },
    growth: [
      { services: 1, resources: 100, times: [4_000] },
      { services: 4, resources: 190, times: [5_500] },
      { services: 7, resources: 280, times: [8_500] },
    ],
  });
  expect(lines.map(resultText)).toEqual([
    "platform     4.0s whole, 2.5s net of provider start; one resource 1.5s and 1.2s; net ratio 2.08 (goal <= 2: not met)",
    "environment  1.8s whole, 1.4s net of provider start; one resource 1.6s and 1.2s; net ratio 1.17 (goal <= 2: met)",
    "growth       500 ms and 30 resources for each service from 1 to 4",
    "growth       1000 ms and 30 resources for each service from 4 to 7",
    "linear       the second step costs 2.00 times the first, by resource (goal <= 1.5: not met)",
    "An environment has a stack of its own: another one adds nothing to this one's preview.",
  ]);
});
