import type { PackageName } from "./facts.ts";

/** One vendor as its provider's messages speak of it. */
export interface Vendor {
  title: string;
  /** Environment variables, the first of which is the one to name. Any of them will do. */
  variables: readonly string[];
  /** Settings of the provider that hold the same. */
  settings: readonly string[];
  /** What to do about a token that does not work. */
  renew: string;
  /** Where the vendor says whether it is down. */
  statusPage: string;
  /** Its provider calls the API when it is configured: then even a preview needs a working token. */
  callsAtStart: boolean;
}

export const vendors: Readonly<Record<PackageName, Vendor>> = {
  aws: {
    title: "AWS",
    variables: ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"],
    settings: ["accessKey", "profile", "assumeRoles", "assumeRoleWithWebIdentity"],
    renew: "sign in again (aws sso login) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to valid keys",
    statusPage: "https://health.aws.amazon.com",
    callsAtStart: true,
  },
  github: {
    title: "GitHub",
    variables: ["GITHUB_TOKEN", "GITHUB_APP_ID"],
    settings: ["token", "appAuth"],
    renew: "make a new one at https://github.com/settings/tokens, or use the infrastructure app's",
    statusPage: "https://www.githubstatus.com",
    callsAtStart: false,
  },
  vercel: {
    title: "Vercel",
    variables: ["VERCEL_API_TOKEN"],
    settings: ["apiToken"],
    renew: "make a new one at https://vercel.com/account/tokens",
    statusPage: "https://www.vercel-status.com",
    callsAtStart: false,
  },
  sentry: {
    title: "Sentry",
    variables: ["SENTRY_AUTH_TOKEN"],
    settings: ["token"],
    renew: "make a new internal integration's token in the organization's settings",
    statusPage: "https://status.sentry.io",
    callsAtStart: true,
  },
  pagerduty: {
    title: "PagerDuty",
    variables: ["PAGERDUTY_TOKEN"],
    settings: ["token"],
    renew: "make a new REST API key under Integrations, API Access Keys",
    statusPage: "https://status.pagerduty.com",
    callsAtStart: true,
  },
  slack: {
    title: "Slack",
    variables: ["SLACK_TOKEN"],
    settings: ["token"],
    renew: "reinstall the app in the workspace and take its bot token",
    statusPage: "https://slack-status.com",
    callsAtStart: false,
  },
};

/** The first variable is the one that a person sets; it is what messages name. */
export const variableOf = (name: PackageName): string => vendors[name].variables[0] ?? "";
