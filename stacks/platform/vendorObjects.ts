import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";
import { hostsOf } from "../../infra/domain/hosts.ts";
import { monthlyCost } from "../../infra/domain/plan.ts";
import type { PlatformOutputs } from "./outputs.ts";
import { adoption } from "./adopt.ts";
import { alerting } from "./alerting.ts";
import { backups } from "./backups.ts";
import { byEnvironment, type EnvironmentName } from "./environments.ts";
import type { Providers } from "./providers.ts";
import { deploymentEnvironments, repositories } from "./sourceControl.ts";
import { builtFrom, webProjects } from "./web.ts";

/** Declares everything that vendors hold. `files` are committed to each repository: content by path. */
export function vendorObjects(
  config: PlatformConfig,
  providers: Providers,
  files: Record<string, string>,
): PlatformOutputs {
  const { app, aws, domain, plan, protect, sentry, vercel } = config;
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
