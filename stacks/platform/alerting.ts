import type * as pulumi from "@pulumi/pulumi";
import { OnCallService } from "../../components/pagerduty/OnCallService.ts";
import { ErrorTracking } from "../../components/sentry/ErrorTracking.ts";
import { AlertChannels } from "../../components/slack/AlertChannels.ts";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";
import { hostsOf } from "../../infra/domain/hosts.ts";
import { planProfile } from "../../infra/domain/plan.ts";
import { byEnvironment, environments, type EnvironmentName } from "./environments.ts";

/** What opens incidents; each has a key of its own, so that one can be withdrawn alone. */
const senders = ["sentry", "releases", "alertmanager"] as const;
type Sender = (typeof senders)[number];
type Secrets<Name extends string> = Record<Name, pulumi.Output<string>>;

export interface Alerting {
  /** Where errors are reported to, by environment; secret. */
  dsn: Secrets<EnvironmentName>;
  /** Keys that open incidents; secret. */
  keys: Record<EnvironmentName, Secrets<Sender>>;
  /** Slack's ids by the channel's name. */
  channels: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Who hears of what: channels, people on call, and the monitors that tell them. */
export function alerting(
  config: PlatformConfig,
  opts: Record<"pagerduty" | "sentry" | "slack", pulumi.ComponentResourceOptions>,
): Alerting {
  const { app, pagerduty, protect, sentry, slack } = config;
  const channels = new AlertChannels("channels", { ...slack, protect }, opts.slack);
  const onCall = new OnCallService(
    `${app.name}-on-call`,
    {
      ...pagerduty,
      app: app.name,
      environments: { staging: { pages: false }, production: { pages: true } },
      senders,
      protect,
    },
    opts.pagerduty,
  );
  const keys = byEnvironment((environment) => {
    const made = onCall.environments[environment]?.keys ?? {};
    return Object.fromEntries(senders.map((sender) => [sender, made[sender]])) as Secrets<Sender>;
  });

  const [channel] = slack.channels;
  const { slackWorkspace: workspace, pagerdutyAccount } = sentry;
  const tracking = new ErrorTracking(
    `${app.name}-errors`,
    {
      organization: sentry.organization,
      app: app.name,
      platform: sentry.platform,
      environments: byEnvironment((environment) => ({
        ...(watched(config, environment) && { healthUrl: healthUrl(config, environment) }),
        ...(pagerdutyAccount !== undefined &&
          environment === "production" && {
            pagerduty: { service: `${app.name} ${environment}`, key: keys[environment].sentry },
          }),
      })),
      thresholds: sentry.thresholds,
      uptime: sentry.uptime,
      ...(config.aws.environments.includes("production") && {
        backup: { ...sentry.backup, environment: "production" },
      }),
      ...(workspace !== undefined &&
        channel && {
          slack: { workspace, channel: channel.name, channelId: channels.ids[channel.name] },
        }),
      pagerdutyAccount,
      protect,
    },
    opts.sentry,
  );
  return {
    dsn: Object.fromEntries(
      environments.map((name) => [name, tracking.dsns[name]]),
    ) as Secrets<EnvironmentName>,
    keys,
    channels: channels.ids,
  };
}

/** Whether Sentry asks the environment from outside. */
function watched({ plan }: PlatformConfig, environment: EnvironmentName): boolean {
  return environment === "production" || planProfile(plan[environment]).manyMonitors;
}

function healthUrl({ domain, sentry }: PlatformConfig, environment: EnvironmentName): string {
  return `https://${hostsOf(domain)[environment].api}${sentry.uptime.healthPath}`;
}
