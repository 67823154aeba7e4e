import type * as pulumi from "@pulumi/pulumi";
import { thresholdMistakes, type AlertThresholds } from "../../infra/domain/alerts.ts";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { under } from "../mistakes.ts";

/** Seconds between two checks that Sentry offers. */
export const uptimeIntervals = [60, 300, 600, 1200, 1800, 3600] as const;

export interface TrackedEnvironment {
  /** Address, over https, that answers 200 while all is well; not checked when left out. */
  healthUrl?: string;
  /** The PagerDuty service that is told of critical and high alerts; nobody is woken when left out. */
  pagerduty?: {
    /** Its name, as Sentry shows it. */
    service: string;
    /** Secret key of its Events API. */
    key: pulumi.Input<string>;
  };
}

export interface ErrorTrackingArgs {
  /** Slug of the organisation. */
  organization: string;
  /** Name and slug of team and project. */
  app: string;
  /** What sends the events: `javascript-react`. */
  platform: string;
  /** By name; each has a key of its own, and alerts of its own. */
  environments: Readonly<Record<string, TrackedEnvironment>>;
  /** When an alert is raised, in each environment. */
  thresholds: AlertThresholds;
  uptime: {
    /** One of 60, 300, 600, 1200, 1800, 3600. */
    intervalSeconds: number;
    /** Failed checks in a row that mean down. */
    failures: number;
    /** Milliseconds, 1000 to 60000, without an answer that are a failure. */
    timeoutMs: number;
  };
  /** The backup job that has to report to Sentry; not watched when left out. */
  backup?: {
    /** The environment whose team is told. */
    environment: string;
    /** Cron line in UTC. */
    schedule: string;
    /** Minutes that it may start late. */
    lateMinutes: number;
    /** Minutes that it may take. */
    maxMinutes: number;
  };
  /** Where alerts are written, besides e-mails to the team. */
  slack?: {
    /** The workspace that is connected to the organisation in Sentry. */
    workspace: string;
    /** Without #. */
    channel: string;
    /** Slack's id of the channel: Sentry need not search for it. */
    channelId?: pulumi.Input<string>;
  };
  /** The PagerDuty account that is connected to the organisation in Sentry: needed where an environment pages. */
  pagerdutyAccount?: string;
  /** Refuses to delete or replace project and keys. */
  protect: boolean;
}

/** Every mistake in the arguments; empty when there is none. */
export function trackingMistakes(args: ErrorTrackingArgs): Mistake[] {
  const { app, backup, environments, organization, pagerdutyAccount, slack, thresholds, uptime } = args;
  const mistakes = under("thresholds", thresholdMistakes(thresholds));
  const check = (fits: boolean, path: string, value: unknown, allowed: string) => {
    if (!fits) mistakes.push({ path, problem: `is ${JSON.stringify(value)}`, hint: `allowed: ${allowed}` });
  };
  const slug = /^[a-z0-9][a-z0-9_-]*$/;
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;

  check(slug.test(organization), "organization", organization, "a slug of a-z, 0-9, - and _");
  // The name of the backup's monitor is made of it, and check-ins go to that name.
  check(/^[a-z0-9][a-z0-9-]{0,40}$/.test(app), "app", app, "at most 41 of a-z, 0-9 and -");
  check(
    uptimeIntervals.some((seconds) => seconds === uptime.intervalSeconds),
    "uptime.intervalSeconds",
    uptime.intervalSeconds,
    uptimeIntervals.join(", "),
  );
  check(whole(uptime.failures, 1, 10), "uptime.failures", uptime.failures, "1 to 10");
  check(
    whole(uptime.timeoutMs, 1000, 60_000),
    "uptime.timeoutMs",
    uptime.timeoutMs,
    "1000 to 60000 milliseconds",
  );
  for (const [name, { healthUrl, pagerduty }] of Object.entries(environments)) {
    const path = `environments.${name}`;
    check(
      healthUrl === undefined || /^https:\/\/[^\s/]+(\/\S*)?$/.test(healthUrl),
      `${path}.healthUrl`,
      healthUrl,
      "an address that starts with https://",
    );
    if (pagerduty && pagerdutyAccount === undefined) {
      mistakes.push({
        path: "pagerdutyAccount",
        problem: `is missing, but ${path}.pagerduty is given`,
        hint: "allowed: the name of the account that is connected in Sentry",
      });
    }
  }
  if (backup) {
    const known = Object.keys(environments);
    check(known.includes(backup.environment), "backup.environment", backup.environment, known.join(", "));
    check(
      /^\S+( \S+){4}$/.test(backup.schedule),
      "backup.schedule",
      backup.schedule,
      "a line such as 0 2 * * *",
    );
    check(whole(backup.lateMinutes, 1, 1440), "backup.lateMinutes", backup.lateMinutes, "1 to 1440 minutes");
    check(whole(backup.maxMinutes, 1, 1440), "backup.maxMinutes", backup.maxMinutes, "1 to 1440 minutes");
  }
  if (slack) {
    check(
      /^[a-z0-9_-]{1,80}$/.test(slack.channel),
      "slack.channel",
      slack.channel,
      "a channel's name, without #",
    );
  }
  return mistakes;
}
