import { packageManagers, secretScanners } from "../domain/workflows/index.ts";
import { listOf, oneOf, section, text, urlPath, wholeNumber, yesOrNo } from "./fields.ts";

const cron = () => text("five fields of cron, UTC, such as 0 3 * * *", /^(\S+ ){4}\S+$/);

/** What warns, and what fails; in `unit`. */
const budget = (target: number, limit: number, unit: string) =>
  section({
    target: wholeNumber(1, 60_000, unit).default(target),
    limit: wholeNumber(1, 60_000, unit).default(limit),
  }).prefault({});

/** What the workflows of each repository do. */
export const workflowsSchema = section({
  packageManager: oneOf(packageManagers).default("npm"),
  /** Major version; the workflows' own programs are TypeScript, which Node runs from 24 on. */
  nodeVersion: wholeNumber(24, 99).default(24),
  /** Of the lines, by unit tests. */
  coveragePercent: wholeNumber(0, 100, "percent").default(80),
  /** Scripts and styles of a page together, before compression. */
  bundleKilobytes: wholeNumber(1, 100_000, "KiB").default(500),
  lighthouseScore: wholeNumber(0, 100).default(95),
  /** A warning above the target, a failure above the limit. */
  webVitals: section({
    lcp: budget(1200, 2500, "ms"),
    fid: budget(50, 100, "ms"),
    cls: budget(5, 10, "hundredths"),
    fcp: budget(1500, 1800, "ms"),
    ttfb: budget(200, 600, "ms"),
  }).prefault({}),
  /** What is done at all. */
  steps: section({
    /** Playwright. */
    endToEnd: yesOrNo().default(true),
    /** Lighthouse, with the web vitals. */
    lighthouse: yesOrNo().default(true),
    codecov: yesOrNo().default(true),
    /** Code scanning; free for public repositories, a licence for others. */
    codeql: yesOrNo().default(true),
    /** Builds, signs and releases a container image. */
    image: yesOrNo().default(true),
    /** Publishes packages when a release is tagged. */
    packages: yesOrNo().default(false),
  }).prefault({}),
  /** At least one. */
  secretScanners: listOf(oneOf(secretScanners), secretScanners.join(", "), 1).prefault(["gitleaks"]),
  schedules: section({
    healthCheck: cron().default("*/5 * * * *"),
    security: cron().default("0 3 * * *"),
  }).prefault({}),
  healthPath: section({
    web: urlPath().default("/"),
    api: urlPath().default("/health"),
  }).prefault({}),
  /** After a deployment to production, before it counts as done. */
  watchMinutes: wholeNumber(1, 60, "minutes").default(5),
  /** Client id of the GitHub App that makes release pull requests and asks the driver; its key is a secret. */
  releaseAppClientId: text("the client id of a GitHub App", /^[\w.-]+$/).optional(),
  /** Where the release driver is: this program's repository, and the commit of it whose action is used. */
  driver: section({
    repository: text("owner/name of a repository", /^[\w.-]+\/[\w.-]+$/),
    commit: text("the 40 hexadecimal digits of a commit", /^[0-9a-f]{40}$/),
  }).optional(),
});
