import { describe, expect, test } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { ErrorTracking } from "../../../components/sentry/ErrorTracking.ts";
import type { ErrorTrackingArgs } from "../../../components/sentry/ErrorTrackingArgs.ts";
import { defaultThresholds } from "../../../infra/domain/alerts.ts";
import { runWithMocks, type Registered } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const args: ErrorTrackingArgs = {
  organization: "pulse",
  app: "pulse-messages",
  platform: "javascript-react",
  environments: {
    staging: {},
    production: {
      healthUrl: "https://example.com/api/health",
      pagerduty: { service: "pulse-messages production", key: "planted-key" },
    },
  },
  thresholds: defaultThresholds,
  uptime: { intervalSeconds: 60, failures: 3, timeoutMs: 10_000 },
  backup: { environment: "production", schedule: "0 2 * * *", lateMinutes: 30, maxMinutes: 60 },
  slack: { workspace: "Pulse", channel: "incidents" },
  pagerdutyAccount: "pulse",
  protect: true,
};

async function declare(change: Partial<ErrorTrackingArgs> = {}) {
  const { resources } = await runWithMocks(() => {
    new ErrorTracking("errors", { ...args, ...change });
  });
  const of = (name: string) => resources.find((resource) => resource.name === name)?.inputs;
  return { resources, of, names: resources.map(({ name }) => name) };
}

describe("error tracking", () => {
  test("declares no class of the alert APIs that Sentry has switched off", async () => {
    const { resources } = await declare();
    const types = new Set(resources.map(({ type }) => type.split(":").at(-1)));
    expect([...types].sort()).toEqual([
      "Alert",
      "CronMonitor",
      "ErrorTracking",
      "IntegrationPagerduty",
      "Key",
      "MetricMonitor",
      "Project",
      "Team",
      "UptimeMonitor",
    ]);
  });

  test("measures the error rate as a fraction and the response time in milliseconds", async () => {
    const { of } = await declare();
    const common = {
      timeWindowSeconds: 300,
      eventTypes: ["trace_item_span"],
      issueDetection: { type: "static" },
    };
    expect(of("errors-production-errorRate")).toMatchObject({
      ...common,
      aggregate: "failure_rate()",
      description: "Error rate over 5 min: above 5 % is critical, above 1 % is medium.",
      conditionGroup: {
        conditions: [
          { type: "gt", comparison: 0.05, conditionResult: 75 },
          { type: "gt", comparison: 0.01, conditionResult: 50 },
          { type: "lte", comparison: 0.01, conditionResult: 0 },
        ],
      },
    });
    expect(of("errors-production-p95")).toMatchObject({
      ...common,
      aggregate: "p95(span.duration)",
      conditionGroup: {
        conditions: [
          { type: "gt", comparison: 2000, conditionResult: 75 },
          { type: "gt", comparison: 500, conditionResult: 50 },
          { type: "lte", comparison: 500, conditionResult: 0 },
        ],
      },
    });
  });

  test("checks availability and the nightly backup where they are wanted", async () => {
    const { names, of } = await declare();
    expect(of("errors-production-uptime")).toMatchObject({
      url: "https://example.com/api/health",
      intervalSeconds: 60,
      downtimeThreshold: 3,
    });
    expect(of("errors-production-backup")).toMatchObject({
      name: "pulse-messages-backup",
      schedule: { crontab: "0 2 * * *" },
      timezone: "UTC",
      failureIssueThreshold: 1,
    });
    expect(names).not.toContain("errors-staging-uptime");
    expect(names).not.toContain("errors-staging-backup");
  });

  test("tells the team of everything, and wakes people for production's worst alone", async () => {
    const { names, of } = await declare();
    expect(of("errors-production-notify")).toMatchObject({
      monitorIds: [
        "errors-production-errorRate-id",
        "errors-production-p95-id",
        "errors-production-uptime-id",
        "errors-production-backup-id",
        "getProjectErrorMonitor(pulse, pulse-messages)",
      ],
      actionFilters: [
        { actions: [{ email: { targetType: "team" } }, { slack: { channelName: "#incidents" } }] },
      ],
    });
    const page = (severity: string) => ({
      conditions: [{ issuePriorityGreaterOrEqual: { comparison: 75 } }],
      actions: [{ pagerduty: { serviceId: "errors-production-pagerduty-id", severity } }],
    });
    expect(of("errors-production-page-critical")).toMatchObject({
      monitorIds: ["errors-production-errorRate-id", "errors-production-uptime-id"],
      actionFilters: [page("critical")],
    });
    expect(of("errors-production-page-high")).toMatchObject({
      monitorIds: ["errors-production-p95-id"],
      actionFilters: [page("error")],
    });
    expect(names.filter((name) => /staging-(page|pagerduty)/.test(name))).toEqual([]);
  });

  test("needs neither Slack nor PagerDuty: then e-mails are all", async () => {
    const { names, of } = await declare({
      slack: undefined,
      pagerdutyAccount: undefined,
      environments: { production: {} },
    });
    expect(of("errors-production-notify")).toMatchObject({
      actionFilters: [{ actions: [{ email: { targetType: "team" } }] }],
    });
    expect(names.filter((name) => name.includes("page"))).toEqual([]);
  });

  test("keeps PagerDuty's key and every address for events secret", async () => {
    const secret: boolean[] = [];
    const { resources } = await runWithMocks(async () => {
      const { dsns } = new ErrorTracking("errors", args);
      expect(Object.keys(dsns)).toEqual(["staging", "production"]);
      for (const dsn of Object.values<pulumi.Output<string>>(dsns)) {
        secret.push(await (dsn as pulumi.Output<string> & { isSecret: Promise<boolean> }).isSecret);
      }
    });
    expect(secret).toEqual([true, true]);
    expect(plain(resources)).not.toContain("planted-key");
    const integration = resources.find(({ name }) => name === "errors-production-pagerduty");
    expect(integration?.secretOutputs).toContain("integrationKey");
  });

  test("says everything that is wrong with it at once", async () => {
    const bad: ErrorTrackingArgs = {
      ...args,
      organization: "Pulse Inc",
      thresholds: { ...defaultThresholds, windowMinutes: 7 },
      environments: {
        production: { healthUrl: "http://example.com", pagerduty: { service: "x", key: "planted-key" } },
      },
      uptime: { ...args.uptime, intervalSeconds: 30 },
      backup: { environment: "staging", schedule: "daily", lateMinutes: 30, maxMinutes: 60 },
      slack: { workspace: "Pulse", channel: "#incidents" },
      pagerdutyAccount: undefined,
    };
    expect(await refusal(() => new ErrorTracking("errors", bad))).toBe(
      [
        "ErrorTracking errors has 8 mistakes:",
        "  thresholds.windowMinutes is 7; allowed: 1, 5, 10, 15, 30, 60",
        '  organization is "Pulse Inc"; allowed: a slug of a-z, 0-9, - and _',
        "  uptime.intervalSeconds is 30; allowed: 60, 300, 600, 1200, 1800, 3600",
        '  environments.production.healthUrl is "http://example.com"; allowed: an address that starts with https://',
        "  pagerdutyAccount is missing, but environments.production.pagerduty is given; " +
          "allowed: the name of the account that is connected in Sentry",
        '  backup.environment is "staging"; allowed: production',
        '  backup.schedule is "daily"; allowed: a line such as 0 2 * * *',
        '  slack.channel is "#incidents"; allowed: a channel\'s name, without #',
      ].join("\n"),
    );
  });
});

/** What was registered without what is marked as secret, as text. */
function plain(resources: Registered[]): string {
  return JSON.stringify(resources, (_, value: unknown) =>
    typeof value === "object" && value !== null && "secret" in value ? "[secret]" : value,
  );
}
