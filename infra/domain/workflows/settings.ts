import type { Hosts } from "../hosts.ts";
import type { ProductionTrigger, StagingTrigger } from "../repository.ts";

export const packageManagers = ["npm", "pnpm"] as const;
export type PackageManager = (typeof packageManagers)[number];

export const secretScanners = ["gitleaks", "trufflehog"] as const;
export type SecretScanner = (typeof secretScanners)[number];

/** What a page's measurements are called here, in the order of reports. */
export const webVitals = ["lcp", "fid", "cls", "fcp", "ttfb"] as const;
export type WebVital = (typeof webVitals)[number];

/** A warning above the target, a failure above the limit. Milliseconds; hundredths for cls. */
export interface Budget {
  target: number;
  limit: number;
}

/** Everything that decides what the application's workflows do. */
export interface WorkflowSettings {
  /** The application's name; its image and its package are called by it. */
  app: string;
  /** Whether the repository deploys; without it there are only the checks. */
  deploys: boolean;
  hosts: { staging: Hosts; production: Hosts };
  stagingTrigger: StagingTrigger;
  productionTrigger: ProductionTrigger;
  packageManager: PackageManager;
  /** Major version of Node. */
  nodeVersion: number;
  /** Percent of the lines that tests have to reach. */
  coveragePercent: number;
  /** Most KiB of scripts and styles of a page, as they are before compression. */
  bundleKilobytes: number;
  /** Of 100. */
  lighthouseScore: number;
  webVitals: Readonly<Record<WebVital, Budget>>;
  /** Playwright tests; Lighthouse with web vitals; Codecov; the container image; packages of the repository. */
  steps: {
    endToEnd: boolean;
    lighthouse: boolean;
    codecov: boolean;
    codeql: boolean;
    image: boolean;
    packages: boolean;
  };
  secretScanners: readonly SecretScanner[];
  /** Outside checks and daily scans, in the words of cron, UTC. */
  schedules: { healthCheck: string; security: string };
  /** Path that says at either host of an environment that it is well. */
  healthPath: { web: string; api: string };
  /** How long a deployment to production watches the hosts before it calls itself done. */
  watchMinutes: number;
  /** Where releases are announced. */
  slackChannel: string;
  /** The repository of the release driver, and the commit of it whose action is used; without one only the web is deployed. */
  driver?: { repository: string; commit: string } | undefined;
}
