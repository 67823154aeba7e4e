import { describe, expect, test } from "@jest/globals";
import { ConfigError } from "../../infra/config/load.ts";
import { strategies, strategySteps } from "../../infra/domain/strategies.ts";
import { asRaw, leastEnvironment, loadEnvironment, stackFile } from "../support/stack-config.ts";

const load = (release: unknown) => loadEnvironment(asRaw({ ...leastEnvironment, release })).config.release;

/** The lines of the error about a `release` section, without the first. */
function mistakes(release: unknown): string[] {
  try {
    load(release);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const step = (percent: number, minSoakSeconds = 1, maxSoakSeconds = 2) => ({
  percent,
  minSoakSeconds,
  maxSoakSeconds,
});
const gates = "release.gates";
const slack = "release.announcements.slack";

describe("single mistakes", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ strategy: "slow" }, 'release.strategy is "slow"; allowed: instant, five, fast, staged, own'],
    [{ strateg: "fast" }, 'release.strateg is not a known key (its value is "fast"); did you mean strategy?'],
    [
      { strategy: "own" },
      "release.steps is empty, but release.strategy is own; allowed: steps with strategy own, and with no other",
    ],
    [
      { strategy: "fast", steps: [step(100)] },
      "release.steps is there, but release.strategy is fast; allowed: steps with strategy own, and with no other",
    ],
    [
      { strategy: "own", steps: [step(10), step(10), step(100)] },
      "release.steps.1.percent is 10; allowed: more than the step before it, which is 10",
    ],
    [
      { strategy: "own", steps: [step(10), step(50)] },
      "release.steps.1.percent is 50; allowed: 100 in the last step",
    ],
    [
      { strategy: "own", steps: [step(100, 60, 60)] },
      "release.steps.0.minSoakSeconds is 60; allowed: less than maxSoakSeconds, which is 60",
    ],
    [
      { strategy: "own", steps: [step(101)] },
      "release.steps.0.percent is 101; allowed: a whole number from 0 to 100 percent of the traffic",
    ],
    [
      { strategy: "own", steps: [{ percent: 100, maxSoakSeconds: 60 }] },
      "release.steps.0.minSoakSeconds is missing; allowed: a whole number from 0 to 604800 seconds",
    ],
    [
      { gates: { errorPercent: { warn: 1 } } },
      `${gates}.errorPercent.warn is 1; allowed: less than rollback, which is 1`,
    ],
    [
      { gates: { errorPercent: { rollback: 6 } } },
      `${gates}.errorPercent.rollback is 6; allowed: at most promotedRollback, which is 5`,
    ],
    [
      { gates: { errorPercent: { warn: 0 } } },
      `${gates}.errorPercent.warn is 0; allowed: a number from 0.001 to 100 percent of the requests`,
    ],
    [
      { gates: { p95Ms: { warn: 2000 } } },
      `${gates}.p95Ms.warn is 2000; allowed: less than rollback, which is 2000`,
    ],
    [
      { gates: { confidencePercent: 100 } },
      `${gates}.confidencePercent is 100; allowed: a number from 50 to 99.9999 percent`,
    ],
    [
      { gates: { windowSeconds: 29 } },
      `${gates}.windowSeconds is 29; allowed: at least 3 times release.scrapeIntervalSeconds, which is 10`,
    ],
    [
      { scrapeIntervalSeconds: 110, gates: { windowSeconds: 330 } },
      `${gates}.promotedWindowSeconds is 300; allowed: at least 3 times release.scrapeIntervalSeconds, which is 110`,
    ],
    [
      { gates: { minRequests: 0 } },
      `${gates}.minRequests is 0; allowed: a whole number from 1 to 1000000 requests`,
    ],
    [
      { prometheus: { url: "prometheus:9090" } },
      'release.prometheus.url is "prometheus:9090"; allowed: a URL such as https://prometheus.example.com',
    ],
    [
      { internalUrl: "http://gateway:8090/?x" },
      'release.internalUrl is "http://gateway:8090/?x"; allowed: a URL such as https://prometheus.example.com',
    ],
    [{ smoke: [{ path: "ready" }] }, 'release.smoke.0.path is "ready"; allowed: a path that starts with /'],
    [
      { smoke: [{ path: "/", status: 99 }] },
      "release.smoke.0.status is 99; allowed: a whole number from 100 to 599",
    ],
    [{ smoke: "/" }, 'release.smoke is "/"; allowed: a list of smoke tests'],
    [
      { watch: { blockingSeconds: -1 } },
      "release.watch.blockingSeconds is -1; allowed: a whole number from 0 to 86400 seconds",
    ],
    [{ approval: "yes" }, 'release.approval is "yes"; allowed: true or false'],
    [
      { announcements: { slack: {} } },
      `${slack} has neither webhookFrom nor tokenFrom; allowed: webhookFrom alone, or tokenFrom and channel`,
    ],
    [
      { announcements: { slack: { webhookFrom: "A", tokenFrom: "B" } } },
      `${slack} has webhookFrom and tokenFrom; allowed: webhookFrom alone, or tokenFrom and channel`,
    ],
    [
      { announcements: { slack: { tokenFrom: "B" } } },
      `${slack} has tokenFrom, but no channel; allowed: webhookFrom alone, or tokenFrom and channel`,
    ],
    [
      { announcements: { slack: { webhookFrom: "A", channel: "#a" } } },
      `${slack} has webhookFrom and channel; a webhook has its own channel; allowed: webhookFrom alone, or tokenFrom and channel`,
    ],
    [
      { announcements: { pagerduty: {} } },
      "release.announcements.pagerduty.routingKeyFrom is missing; allowed: the name of an environment variable in capitals, such as PAGERDUTY_ROUTING_KEY",
    ],
    [
      { announcements: { github: { repository: "pulse", tokenFrom: "GITHUB_TOKEN" } } },
      'release.announcements.github.repository is "pulse"; allowed: owner/name',
    ],
    [
      { announcements: { sentry: { organization: "a", projects: [], tokenFrom: "T" } } },
      "release.announcements.sentry.projects is []; allowed: a list of one or more project slugs",
    ],
  ])("%j", (release, expected) => expect(mistakes(release)).toEqual([expected]));
});

test("several mistakes are told at once", () => {
  const wrong = {
    strategy: "own",
    steps: [step(50), step(10, 5, 5)],
    gates: { p95Ms: { warn: 3000 }, windowSeconds: 10 },
  };
  expect(mistakes(wrong)).toHaveLength(4);
});

test("a token where its variable's name belongs is not shown", () => {
  const [line = ""] = mistakes({ announcements: { slack: { tokenFrom: "xoxb-hunter2", channel: "#a" } } });
  expect(line).toBe(
    `${slack}.tokenFrom is no variable's name (not shown, it may be the secret itself); ` +
      "allowed: the name of an environment variable in capitals, such as SLACK_BOT_TOKEN",
  );
});

describe("strategies", () => {
  test("are known by the requirements' percents, and end with all the traffic", () => {
    const percents = Object.fromEntries(
      Object.entries(strategies).map(([name, steps]) => [name, steps.map(({ percent }) => percent)]),
    );
    expect(percents).toEqual({
      instant: [100],
      five: [5, 100],
      fast: [10, 50, 100],
      staged: [0, 10, 25, 50, 100],
    });
  });

  test("staged soaks for the hours that were asked for", () => {
    const hours = strategies.staged.map((step) => [step.minSoakSeconds / 3600, step.maxSoakSeconds / 3600]);
    expect(hours).toEqual([
      [1, 2],
      [2, 4],
      [4, 8],
      [8, 24],
      [1, 4],
    ]);
  });

  test.each(["instant", "five", "fast", "staged"] as const)(
    "%s has no mistake if it is written as own",
    (name) => {
      expect(mistakes({ strategy: "own", steps: strategies[name] })).toEqual([]);
    },
  );

  test("own steps are taken as they stand", () => {
    const steps = [step(20), step(100)];
    expect(strategySteps(load({ strategy: "own", steps }))).toEqual(steps);
    expect(strategySteps(load({ strategy: "five" }))).toBe(strategies.five);
  });
});

test("the requirements' limits are the defaults", () => {
  const { gates, scrapeIntervalSeconds, watch, approval } = load({});
  expect(gates).toMatchObject({
    errorPercent: { warn: 0.1, rollback: 1, promotedRollback: 5 },
    promotedWindowSeconds: 300,
    p95Ms: { warn: 500, rollback: 2000 },
    healthFailures: 3,
    errorsPer100Logs: 10,
    restarts: 3,
  });
  expect({ scrapeIntervalSeconds, watch, approval }).toEqual({
    scrapeIntervalSeconds: 10,
    watch: { blockingSeconds: 300, afterSeconds: 172_800 },
    approval: true,
  });
});

test("production spells out the gates that everybody gets", () => {
  const production = loadEnvironment(asRaw(stackFile("production"))).config.release;
  expect(production).toEqual(load({}));
  const written = stackFile("production").release as { gates: object };
  expect(written.gates).toEqual(production.gates);
});
