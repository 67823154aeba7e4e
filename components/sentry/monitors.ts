import { CronMonitor } from "@pulumi/sentry/bin/cronMonitor.js";
import { MetricMonitor } from "@pulumi/sentry/bin/metricMonitor.js";
import { UptimeMonitor } from "@pulumi/sentry/bin/uptimeMonitor.js";
import type * as pulumi from "@pulumi/pulumi";
import { metricRules, type Metric, type MetricRule } from "../../infra/domain/alerts.ts";
import { vendorWords, type Severity } from "../../infra/domain/severity.ts";
import type { ErrorTrackingArgs } from "./ErrorTrackingArgs.ts";

/** Something that opens an issue by itself, and how bad its worst issue is. */
export interface Monitor {
  id: pulumi.Output<string>;
  severity: Severity;
}

/** What every monitor belongs to. */
export interface Owner {
  organization: string;
  project: pulumi.Output<string>;
  teamId: pulumi.Output<string>;
  /** The name before a monitor's own. */
  app: string;
}

/** How a metric is asked for: spans, of which only whole requests count. */
const aggregates: Readonly<Record<Metric, { aggregate: string; perUnit: number }>> = {
  // A fraction, where people say percent.
  errorRate: { aggregate: "failure_rate()", perUnit: 100 },
  p95: { aggregate: "p95(span.duration)", perUnit: 1 },
};

/** Everything that is watched in one environment. */
export function environmentMonitors(
  name: string,
  environment: string,
  args: ErrorTrackingArgs,
  owner: Owner,
  opts: pulumi.CustomResourceOptions,
): Monitor[] {
  const monitors = metricRules(args.thresholds).map((rule) =>
    metricMonitor(`${name}-${rule.metric}`, environment, rule, owner, opts),
  );
  const healthUrl = args.environments[environment]?.healthUrl;
  if (healthUrl !== undefined) {
    monitors.push(
      uptimeMonitor(`${name}-uptime`, environment, { ...args.uptime, url: healthUrl }, owner, opts),
    );
  }
  if (args.backup?.environment === environment) {
    monitors.push(backupMonitor(`${name}-backup`, args.backup, owner, opts));
  }
  return monitors;
}

function metricMonitor(
  name: string,
  environment: string,
  { metric, steps, title, unit, windowMinutes }: MetricRule,
  { app, organization, project, teamId }: Owner,
  opts: pulumi.CustomResourceOptions,
): Monitor {
  const { aggregate, perUnit } = aggregates[metric];
  const worst = steps[0];
  const mildest = steps.at(-1);
  if (!worst || !mildest) throw new RangeError(`${title} has no limit`);
  const lines = steps.map(({ above, severity }) => `${above} ${unit} is ${severity}`);
  const monitor = new MetricMonitor(
    name,
    {
      organization,
      project,
      name: `${app} ${environment}: ${title.toLowerCase()}`,
      description: `${title} over ${windowMinutes} min: above ${lines.join(", above ")}.`,
      environment,
      owner: { teamId },
      dataset: "events_analytics_platform",
      eventTypes: ["trace_item_span"],
      query: "is_transaction:true",
      aggregate,
      timeWindowSeconds: windowMinutes * 60,
      issueDetection: { type: "static" },
      conditionGroup: {
        logicType: "any",
        conditions: [
          ...steps.map(({ above, severity }) => ({
            type: "gt",
            comparison: above / perUnit,
            conditionResult: vendorWords[severity].sentryPriority,
          })),
          { type: "lte", comparison: mildest.above / perUnit, conditionResult: 0 },
        ],
      },
    },
    opts,
  );
  return { id: monitor.id, severity: worst.severity };
}

function uptimeMonitor(
  name: string,
  environment: string,
  check: ErrorTrackingArgs["uptime"] & { url: string },
  { app, organization, project, teamId }: Owner,
  opts: pulumi.CustomResourceOptions,
): Monitor {
  const monitor = new UptimeMonitor(
    name,
    {
      organization,
      project,
      name: `${app} ${environment}: availability`,
      description: `${check.url} answers`,
      environment,
      owner: { teamId },
      url: check.url,
      method: "GET",
      intervalSeconds: check.intervalSeconds,
      timeoutMs: check.timeoutMs,
      downtimeThreshold: check.failures,
      recoveryThreshold: 1,
    },
    opts,
  );
  return { id: monitor.id, severity: "critical" };
}

/** Slug that the backup job reports to: Sentry makes it of the monitor's name. */
export function backupMonitorName(app: string): string {
  return `${app}-backup`;
}

function backupMonitor(
  name: string,
  backup: NonNullable<ErrorTrackingArgs["backup"]>,
  { app, organization, project, teamId }: Owner,
  opts: pulumi.CustomResourceOptions,
): Monitor {
  const monitor = new CronMonitor(
    name,
    {
      organization,
      project,
      name: backupMonitorName(app),
      description: "The database was dumped, stored and checked",
      owner: { teamId },
      schedule: { crontab: backup.schedule },
      timezone: "UTC",
      checkinMarginMinutes: backup.lateMinutes,
      maxRuntimeMinutes: backup.maxMinutes,
      // One missed night is one too many.
      failureIssueThreshold: 1,
      recoveryThreshold: 1,
    },
    opts,
  );
  return { id: monitor.id, severity: "medium" };
}
