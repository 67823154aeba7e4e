import { defaultThresholds, windows } from "../domain/alerts.ts";
import { coldClasses } from "../domain/retention.ts";
import { kubernetesName, listOf, oneOf, section, text, urlPath, wholeNumber, yesOrNo } from "./fields.ts";

const days = (min: number) => wholeNumber(min, 36500, "days");
const region = () => text("a region such as eu-central-1", /^[a-z]{2}(-[a-z]+)+-\d$/);
const arn = () => text("the ARN of an identity provider", /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/\S+$/);

const copies = (prefix: string) =>
  section({
    /** First part of the objects' keys. */
    prefix: text("names that each end with a slash", /^(\S+\/)+$/).default(prefix),
    /** How long a copy can be read at once. */
    hotDays: days(0).default(30),
    /** Where it is afterwards. */
    coldClass: oneOf(coldClasses).default("GLACIER"),
    /** How long it is kept in all. */
    keepDays: days(1).default(365),
    /** How long an overwritten, deleted or expired version still lives. */
    noncurrentDays: days(1).default(35),
  }).prefault({});

const cluster = () =>
  section({
    issuer: text("an address such as https://oidc.example.com/id/1", /^https:\/\/[^\s*?]+[^\s*?/]$/),
    providerArn: arn().optional(),
    namespace: kubernetesName().default("pulse-messages"),
  });

export const awsSchema = section({
  /** The only account that is ever changed; whichever the credentials belong to when left out. */
  accountId: text("twelve digits", /^\d{12}$/).optional(),
  region: region(),
  /** Environments whose backups are kept; each has a bucket and keys of its own. */
  environments: listOf(oneOf(["staging", "production"]), "staging, production", 1).prefault(["production"]),
  /** Buckets are named `<prefix>-<environment>`, and bucket names are one world: take your organisation's. */
  bucketPrefix: text(
    "3 to 40 of a-z, 0-9 and -, not - at either end",
    /^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/,
  ),
  copies: section({ database: copies("database/"), releases: copies("backups/") }).prefault({}),
  /** For this long nobody deletes a copy (COMPLIANCE), or nobody without a special right (GOVERNANCE). */
  lock: section({
    mode: oneOf(["GOVERNANCE", "COMPLIANCE"]).default("GOVERNANCE"),
    days: days(1).default(30),
  }).prefault({}),
  /** What restoring has to promise. */
  recovery: section({
    forDays: days(1).default(30),
    withinHours: wholeNumber(0, 48, "hours").default(1),
    coldWithinHours: wholeNumber(0, 48, "hours").default(12),
  }).prefault({}),
  /** A second region that gets every copy; none when left out. */
  replicaRegion: region().optional(),
  /** An existing bucket for the access logs; one is made when left out. */
  accessLogsBucket: text("the name of an existing bucket", /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/).optional(),
  /** How long access logs are kept in a bucket made here. */
  accessLogsKeepDays: wholeNumber(1, 3650, "days").default(365),
  /** How long a deleted key can still be brought back; without it no backup can be read. */
  keyDeletionDays: wholeNumber(7, 30, "days").default(30),
  /** The provider for GitHub's tokens, where the account has it already: there can be only one. Else it is made. */
  githubProviderArn: arn().optional(),
  /**
   * Who issues the service accounts' tokens of an environment's cluster, for the roles of its backup jobs; without
   * it there are no such roles. The provider is made unless providerArn names one.
   */
  clusters: section({ staging: cluster().optional(), production: cluster().optional() }).prefault({}),
});

const percent = (fallback: number) => wholeNumber(1, 99, "percent").default(fallback);
const milliseconds = (fallback: number) => wholeNumber(1, 59_999, "milliseconds").default(fallback);
const { errorRatePercent, p95Milliseconds } = defaultThresholds;

export const sentrySchema = section({
  /** Slug of the organisation. */
  organization: text("the slug of an organisation", /^[a-z0-9][a-z0-9_-]*$/),
  platform: text("a platform such as javascript-react", /^[a-z0-9-]+$/).default("javascript-react"),
  /** When the team is alerted. */
  thresholds: section({
    errorRatePercent: section({
      warning: percent(errorRatePercent.warning),
      critical: percent(errorRatePercent.critical),
    }).prefault({}),
    p95Milliseconds: section({
      warning: milliseconds(p95Milliseconds.warning),
      critical: milliseconds(p95Milliseconds.critical),
    }).prefault({}),
    windowMinutes: wholeNumber(1, windows.at(-1) ?? 60, "minutes").default(defaultThresholds.windowMinutes),
  }).prefault({}),
  /** What is asked from outside, at the API's host. */
  uptime: section({
    healthPath: urlPath().default("/health"),
    intervalSeconds: wholeNumber(60, 3600, "seconds").default(300),
    /** Failed checks in a row that raise the alert. */
    failures: wholeNumber(1, 10).default(1),
    timeoutMs: wholeNumber(1000, 60_000, "milliseconds").default(10_000),
  }).prefault({}),
  /** The job that dumps the database, which reports to Sentry. */
  backup: section({
    /** A cron line in UTC. */
    schedule: text("a cron line such as 0 2 * * *", /^\S+( \S+){4}$/).default("0 2 * * *"),
    /** It may start this much late ... */
    lateMinutes: wholeNumber(1, 1440, "minutes").default(30),
    /** ... and take this long. */
    maxMinutes: wholeNumber(1, 1440, "minutes").default(60),
  }).prefault({}),
  /** Name of the Slack workspace that is connected in Sentry; no messages there when left out. */
  slackWorkspace: text("the name of a workspace").optional(),
  /** Name of the PagerDuty account that is connected in Sentry; nobody is paged by it when left out. */
  pagerdutyAccount: text("the name of an account").optional(),
});

export const pagerdutySchema = section({
  /** Addresses of people with an account, in the order in which they are on call, for a week each. */
  onCall: listOf(
    text("an address such as oncall-1@example.com", /^[^\s@]+@[^\s@]+$/),
    "addresses of people with an account",
    1,
  ),
  /** Who is called when nobody on call has answered: addresses, one level each. */
  escalateTo: listOf(
    text("an address such as oncall-1@example.com", /^[^\s@]+@[^\s@]+$/),
    "addresses of people with an account",
  ).default([]),
  /** Time without an answer until the next level is called. */
  escalateAfterMinutes: wholeNumber(1, 1440, "minutes").default(15),
  timeZone: text("a time zone such as Europe/Berlin", /^[A-Za-z_]+(\/[A-Za-z_+-]+)*$/).default("Etc/UTC"),
  /** When the first person's first week starts. */
  rotationStart: text(
    "a time such as 2026-01-05T09:00:00Z",
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/,
  ).default("2026-01-05T09:00:00Z"),
});

export const slackSchema = section({
  /** Takes over public channels that have these names already, instead of failing. */
  adopt: yesOrNo().default(false),
  channels: listOf(
    section({
      name: text("at most 80 of a-z, 0-9, - and _, without #", /^[a-z0-9_-]{1,80}$/),
      topic: text("a line of at most 250 letters", /^.{0,250}$/).default(""),
      purpose: text("a line of at most 250 letters", /^.{0,250}$/).default(""),
      private: yesOrNo().default(false),
    }),
    "channels",
    1,
  ).prefault([
    { name: "incidents", topic: "Critical and high alerts", purpose: "What is broken, and who works on it" },
    { name: "deployments", topic: "Releases and rollbacks", purpose: "What was deployed where" },
    { name: "on-call", topic: "Who is on call", purpose: "Handing over, and quieter alerts" },
  ]),
});
