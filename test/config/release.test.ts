import { describe, expect, test } from "@jest/globals";
import { ConfigError, loadWatched } from "../../infra/config/load.ts";
import { watcherFile, watcherPorts } from "../../infra/config/watched.ts";
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

describe("the watcher", () => {
  const image = "ghcr.io/example/watcher:1.0.0";
  const path = "release.watcher";

  test.each<[object, string]>([
    [{ watcher: {} }, `${path}.image is missing; allowed: an image reference`],
    [
      { watcher: { image: "ghcr.io/example/watcher:latest" } },
      `${path}.image is "ghcr.io/example/watcher:latest", which has the tag latest, which can move; allowed: a digest, name@sha256:<64 hex digits>, or a full version tag such as name:1.4.2`,
    ],
    [
      { watcher: { image: "elsewhere.example/watcher:1.0.0" } },
      `${path}.image is "elsewhere.example/watcher:1.0.0", which comes from no registry in registries; allowed: images of ghcr.io/example`,
    ],
    [
      { watcher: { image, resources: { requests: { memory: "1Gi" } } } },
      `${path}.resources.requests.memory is "1Gi"; allowed: at most ${path}.resources.limits.memory, which is "192Mi"`,
    ],
    [
      { watcher: { image }, announcements: { slack: { webhookFrom: "HOOK" } } },
      `${path}.secretName is missing; allowed: the name of a Secret with HOOK`,
    ],
    [
      { watcher: { image, secretName: "tokens" } },
      `${path}.secretName is there, but no variable is named in release.prometheus and release.announcements; allowed: leave it out`,
    ],
  ])("%j", (release, message) => {
    expect(mistakes(release)).toEqual([message]);
  });

  const watched = (release: object, more: object = {}) => {
    const { config } = loadEnvironment(asRaw({ ...leastEnvironment, ...more, release }));
    const file = JSON.parse(watcherFile(config)) as { config: Record<string, unknown> };
    const texts = Object.entries(file.config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const values = Object.fromEntries(texts) as Record<string, string>;
    return { config, read: loadWatched({ values, secretKeys: [], stack: "test" }) };
  };

  test("reads from its own file what the stack's config says, with its own ways to others", () => {
    const urls = { prometheusUrl: "http://prometheus.monitoring:9090", internalUrl: "http://envoy:8090" };
    const more = { rollout: { minReady: 5 }, scaling: { minReplicas: 6 } };
    const { config, read } = watched(
      { prometheus: { url: "https://p.example.com" }, watcher: { image, ...urls } },
      more,
    );
    const { watcher, ...release } = config.release;
    expect(watcher?.image).toBe(image);
    expect(read.release).toEqual({
      ...release,
      prometheus: { ...release.prometheus, url: urls.prometheusUrl },
      internalUrl: urls.internalUrl,
    });
    expect(read).toMatchObject({
      environment: config.environment,
      hostname: config.hostname,
      app: config.app,
      cluster: config.cluster,
      rollout: { minReady: 5 },
    });
  });

  test("of production, too, whose rules want more of a whole config", () => {
    const digest = `ghcr.io/example/app@sha256:${"1".repeat(64)}`;
    const production = {
      environment: "production",
      images: { blue: digest },
      cluster: { context: "production", gateway: { create: true, tls: { secretName: "tls" } } },
    };
    expect(watched({ watcher: { image: digest } }, production).read.environment).toBe("production");
  });

  test.each<[object, number[]]>([
    [{}, []],
    [{ prometheus: { url: "http://prometheus.monitoring:9090" } }, [9090]],
    [{ prometheus: { url: "http://prometheus.monitoring.svc:9090" } }, []],
    [
      { prometheus: { url: "https://p.example.com" }, watcher: { image, prometheusUrl: "http://p:9090" } },
      [],
    ],
    [{ prometheus: { url: "https://p.example.com" }, announcements: { slack: { webhookFrom: "H" } } }, [443]],
    [
      { internalUrl: "http://10.1.2.3:8090", announcements: { pagerduty: { routingKeyFrom: "K" } } },
      [443, 8090],
    ],
  ])("%j asks outside of the cluster at %j", (release, ports) => {
    expect(watcherPorts(loadEnvironment(asRaw({ ...leastEnvironment, release })).config)).toEqual(ports);
  });
});

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
  const { watcher, ...production } = loadEnvironment(asRaw(stackFile("production"))).config.release;
  expect(watcher).toBeDefined();
  expect(production).toEqual(load({}));
  const written = stackFile("production").release as { gates: object };
  expect(written.gates).toEqual(production.gates);
});
