import * as pulumi from "@pulumi/pulumi";
import type { LoadedPlatform } from "../infra/config/load.ts";
import { hostsOf, type Hosts } from "../infra/domain/hosts.ts";
import { monthlyCost, type MonthlyCost } from "../infra/domain/plan.ts";
import { adoption } from "./platform/adopt.ts";
import { alerting } from "./platform/alerting.ts";
import { backups, type Backups } from "./platform/backups.ts";
import { byEnvironment, type EnvironmentName } from "./platform/environments.ts";
import { vendorProviders } from "./platform/providers.ts";
import { committedFiles, deploymentEnvironments, repositories } from "./platform/sourceControl.ts";
import { builtFrom, webProjects } from "./platform/web.ts";

/** What `pulumi stack output` shows of a platform, and what environments read by reference. */
export interface PlatformOutputs {
  hosts: Record<EnvironmentName, Hosts>;
  /** `owner/name` by the repository's name. */
  repositories: Record<string, pulumi.Output<string>>;
  /** Ids by the project's name. */
  webProjects: Record<string, pulumi.Output<string>>;
  /** Buckets, keys and the roles that may use them. */
  backups: Partial<Record<EnvironmentName, Backups>>;
  /** Where each environment reports errors; secret. */
  sentryDsn: pulumi.Output<Record<string, string>>;
  /** Keys that open incidents, by environment and sender; secret. */
  pagerdutyKeys: pulumi.Output<Record<string, Record<string, string>>>;
  /** Slack's ids by the channel's name. */
  channels: Readonly<Record<string, pulumi.Output<string>>>;
  /** US dollars a month at least, by vendor. */
  monthlyCost: MonthlyCost;
}

/** Everything that vendors hold, for all environments. */
export function platform({ config }: LoadedPlatform): PlatformOutputs {
  const { app, aws, domain, plan, protect, sentry, vercel } = config;
  const files = committedFiles(config);
  const providers = vendorProviders(config);
  const adopted = adoption(config.import);
  const optionsOf = (provider: pulumi.ProviderResource): pulumi.ComponentResourceOptions => ({
    provider,
    transformations: [adopted.transformation],
  });
  const guarded = (provider: pulumi.ProviderResource) => ({ ...optionsOf(provider), protect });

  const alerts = alerting(config, {
    pagerduty: optionsOf(providers.pagerduty),
    sentry: optionsOf(providers.sentry),
    slack: optionsOf(providers.slack),
  });
  const vaults = backups(config, optionsOf(providers.aws));
  const repos = repositories(config, files, guarded(providers.github));
  const web = webProjects(config, repos, alerts.dsn, guarded(providers.vercel));

  const hosts = hostsOf(domain);
  const valuesOf = (repository: string, environment: EnvironmentName) => {
    const vault = vaults[environment];
    const projects = vercel.projects.filter((project) => builtFrom(config, project) === repository);
    const ids = projects.flatMap(({ name }) => web.get(name)?.projectId ?? []);
    return {
      variables: {
        WEB_URL: `https://${hosts[environment].web}`,
        API_URL: `https://${hosts[environment].api}`,
        SENTRY_ORG: sentry.organization,
        SENTRY_PROJECT: app.name,
        ...(vercel.team !== undefined && { VERCEL_ORG_ID: vercel.team }),
        ...(ids.length > 0 && { VERCEL_PROJECT_ID: pulumi.all(ids).apply((all) => all.join(",")) }),
        ...(vault && {
          AWS_REGION: aws.region,
          AWS_ROLE_ARN: vault.roles.deploy,
          BACKUP_BUCKET: vault.bucket,
        }),
      },
      secrets: {
        SENTRY_DSN: alerts.dsn[environment],
        PAGERDUTY_KEY: alerts.keys[environment].releases,
      },
    };
  };
  deploymentEnvironments(config, repos, valuesOf, guarded(providers.github));
  adopted.finish();

  return {
    hosts: byEnvironment((environment) => hosts[environment]),
    repositories: each(repos, ({ fullName }) => fullName),
    webProjects: each(web, ({ projectId }) => projectId),
    backups: vaults,
    sentryDsn: pulumi.secret(pulumi.all(alerts.dsn)),
    pagerdutyKeys: pulumi.secret(pulumi.all(byEnvironment((name) => pulumi.all(alerts.keys[name])))),
    channels: alerts.channels,
    monthlyCost: monthlyCost(Object.values(plan), vercel.seats),
  };
}

function each<T, R>(things: Map<string, T>, what: (thing: T) => R): Record<string, R> {
  return Object.fromEntries([...things].map(([name, thing]) => [name, what(thing)]));
}
