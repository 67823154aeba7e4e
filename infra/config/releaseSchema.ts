import type { z } from "zod";
import { strategyNames } from "../domain/strategies.ts";
import {
  cpu,
  kubernetesName,
  listOf,
  memory,
  number,
  oneOf,
  section,
  text,
  url,
  urlPath,
  variableName,
  wholeNumber,
  yesOrNo,
} from "./fields.ts";
import { defaultQueries } from "./releaseQueries.ts";

const day = 86_400;

const step = section({
  percent: wholeNumber(0, 100, "percent of the traffic"),
  minSoakSeconds: wholeNumber(0, 7 * day, "seconds"),
  maxSoakSeconds: wholeNumber(1, 14 * day, "seconds"),
});

const smokeTest = section({
  path: urlPath(),
  status: wholeNumber(100, 599).default(200),
  /** Text that the answer's body has to have in it. */
  contains: text("text").optional(),
  maxMs: wholeNumber(1, 60_000, "milliseconds").default(2000),
});

/** What rolls a release back, what stops it until a person decides, and how much has to be known for either. */
export const gatesSchema = section({
  /** Time over which errors and latency are measured while the new version has part of the traffic. */
  windowSeconds: wholeNumber(3, 3600, "seconds").default(60),
  /** The same once it has all the traffic. */
  promotedWindowSeconds: wholeNumber(3, 3600, "seconds").default(300),
  /** Fewer requests within the window are too few to go on. */
  minRequests: wholeNumber(1, 1_000_000, "requests").default(100),
  /** How sure it has to be that errors are more than the chance hits of a service that keeps `warn`. */
  confidencePercent: number(50, 99.9999, "percent").default(99.9),
  errorPercent: section({
    /** Above it, a person looks: the service level objective. */
    warn: number(0.001, 100, "percent of the requests").default(0.1),
    /** From it on, back, while the new version has part of the traffic. */
    rollback: number(0.001, 100, "percent of the requests").default(1),
    /** Above it, back, once it has all the traffic. */
    promotedRollback: number(0.001, 100, "percent of the requests").default(5),
  }).prefault({}),
  p95Ms: section({
    warn: wholeNumber(1, 600_000, "milliseconds").default(500),
    rollback: wholeNumber(1, 600_000, "milliseconds").default(2000),
    /** So much slower than the stable version, and a person looks; below `baselineFloor` nobody notices. */
    overBaselinePercent: wholeNumber(1, 10_000, "percent").default(25),
    baselineFloor: wholeNumber(0, 600_000, "milliseconds").default(200),
  }).prefault({}),
  /** So many failed answers of the health path in a row, and back. */
  healthFailures: wholeNumber(1, 100).default(3),
  /** More lines of level error among the newest 100 log lines, and back; 100: logs are not looked at. */
  errorsPer100Logs: wholeNumber(0, 100, "lines").default(10),
  /** More restarts within five minutes, and back. */
  restarts: wholeNumber(0, 1000).default(3),
  /** Pods missing for so long, and back; until then it waits. */
  unavailableSeconds: wholeNumber(0, 3600, "seconds").default(60),
}).prefault({});

/** Who hears of a release. Tokens never stand here: these are names of environment variables that hold them. */
const announcements = section({
  /** Either an incoming webhook, or a bot's token and a channel. */
  slack: section({
    webhookFrom: variableName("SLACK_WEBHOOK_URL").optional(),
    tokenFrom: variableName("SLACK_BOT_TOKEN").optional(),
    channel: text("a channel such as #deployments or its id", /^#?[\w-]+$/).optional(),
    url: url().default("https://slack.com"),
  }).optional(),
  pagerduty: section({
    /** The integration key of an Events API v2 integration. */
    routingKeyFrom: variableName("PAGERDUTY_ROUTING_KEY"),
    url: url().default("https://events.pagerduty.com"),
  }).optional(),
  sentry: section({
    organization: text("the organization's slug", /^[\w-]+$/),
    projects: listOf(text("a project's slug", /^[\w-]+$/), "project slugs", 1),
    tokenFrom: variableName("SENTRY_AUTH_TOKEN"),
    /** The DSN of the project that gets an event of a rollback or failure; no events when left out. */
    dsnFrom: variableName("SENTRY_DSN").optional(),
    url: url().default("https://sentry.io"),
  }).optional(),
  github: section({
    repository: text("owner/name", /^[\w.-]+\/[\w.-]+$/),
    /** Before the version in the name of its git tag. */
    tagPrefix: text("letters, digits and . / - _", /^[\w./-]*$/).default("v"),
    tokenFrom: variableName("GITHUB_TOKEN"),
    url: url().default("https://api.github.com"),
  }).optional(),
}).prefault({});

/** The watcher in the cluster: judges releases, and brings their traffic back while nobody else is there to do it. */
const watcher = section({
  /** Built from release/Dockerfile; the rules for the app's image hold for it, too. */
  image: text("an image reference"),
  /** Secret beside the app with the variables that prometheus.tokenFrom and announcements name, under these names. */
  secretName: kubernetesName().optional(),
  /** Where Prometheus and the internal listener answer in the cluster, if not where the driver asks them. */
  prometheusUrl: url().optional(),
  internalUrl: url().optional(),
  /** Measured in its pod: 55 MiB; with a look every second 20m, and half a second of a core to start. */
  resources: section({
    requests: section({ cpu: cpu().default("20m"), memory: memory().default("96Mi") }).prefault({}),
    limits: section({ cpu: cpu().default("250m"), memory: memory().default("192Mi") }).prefault({}),
  }).prefault({}),
});

/** How a new version gets its traffic, and what takes it away again. Of this only the watcher is declared. */
export const releaseSchema = section({
  strategy: oneOf(strategyNames).default("staged"),
  /** For strategy own. */
  steps: listOf(step, "steps").default([]),
  gates: gatesSchema,
  /** How often Prometheus asks the gateway and the app. */
  scrapeIntervalSeconds: wholeNumber(1, 300, "seconds").default(10),
  /** How often the gates are asked, once they can say anything; with every scrape when left out. */
  lookIntervalSeconds: wholeNumber(1, 300, "seconds").optional(),
  prometheus: section({
    /** Without one nothing is known about requests, and a release that needs them ends by its time-out. */
    url: url().optional(),
    /** Variable that holds a bearer token, where Prometheus asks for one. */
    tokenFrom: variableName("PROMETHEUS_TOKEN").optional(),
    /** PromQL; $namespace, $service, $color and $window (for p95Ms at least 15s) are filled in. */
    queries: section({
      requests: text("a PromQL expression").default(defaultQueries.requests),
      errorRatio: text("a PromQL expression").default(defaultQueries.errorRatio),
      p95Ms: text("a PromQL expression").default(defaultQueries.p95Ms),
    }).prefault({}),
  }).prefault({}),
  /** Where the Gateway's internal listener is reached; its own address and cluster.gateway.internalPort when left out. */
  internalUrl: url().optional(),
  /** Asked of the new version before it gets traffic; the health path always is. */
  smoke: listOf(smokeTest, "smoke tests").default([]),
  watch: section({
    /** The command waits so long after all the traffic has moved. */
    blockingSeconds: wholeNumber(0, day, "seconds").default(300),
    /** The release is watched so long, and rolled back by the gates. */
    afterSeconds: wholeNumber(0, 30 * day, "seconds").default(2 * day),
  }).prefault({}),
  /** The old colour stays at full size so long. */
  keepWarmSeconds: wholeNumber(0, 30 * day, "seconds").default(2 * day),
  /** A version can be rolled back to so long. */
  rollbackWindowSeconds: wholeNumber(0, 365 * day, "seconds").default(30 * day),
  /** A person has to agree before the start. */
  approval: yesOrNo().default(true),
  announcements,
  watcher: watcher.optional(),
}).prefault({});

/** The checked `release` section, defaults filled in. */
export type ReleaseConfig = z.output<typeof releaseSchema>;
