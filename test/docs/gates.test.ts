// The tables of docs/gates.md, held to what the code computes.
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findableRatio, firingErrors, percentileNoise } from "../../release/domain/statistics.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { releaseConfig } from "../support/release-config.ts";

const text = readFileSync(join(projectRoot, "docs/gates.md"), "utf8");
const { errorPercent, confidencePercent } = releaseConfig().release.gates;
const percent = (ratio: number) => `${Number((ratio * 100).toPrecision(3))} %`;

test("what can be found with how many requests", () => {
  const rows = [...text.matchAll(/^\|\s+(\d+) \|(.*)\|$/gm)].map(([, requests, rest = ""]) => [
    Number(requests),
    ...rest.split("|").map((cell) => cell.trim()),
  ]);
  const alpha = 1 - confidencePercent / 100;
  const healthy = errorPercent.warn / 100;
  const back = { level: errorPercent.rollback / 100, healthy, alpha };
  const pause = { level: healthy, healthy, alpha };
  expect(rows.map(([requests]) => requests)).toEqual([20, 50, 100, 300, 1000, 3000, 10_000]);
  for (const row of rows) {
    const requests = Number(row[0]);
    expect(row).toEqual([
      requests,
      String(firingErrors(requests, back)),
      percent(findableRatio(requests, back, 0.5)),
      percent(findableRatio(requests, back, 0.95)),
      percent(findableRatio(requests, pause, 0.95)),
    ]);
  }
});

test("how noisy a percentile is", () => {
  expect([percentileNoise(100), percentileNoise(1000)].map((share) => Math.round(share * 100))).toEqual([
    15, 5,
  ]);
  expect(text).toContain("p95 of 100 requests is 15 % of it, of 1,000 requests 5 %");
});
