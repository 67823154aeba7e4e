import { vendorFacts } from "../../../infra/domain/vendors.ts";
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

const known = (name: PackageName): Pick<Vendor, "title" | "variables"> => ({
  title: vendorFacts[name].title,
  variables: vendorFacts[name].tokenVariables,
});

export const vendors: Readonly<Record<PackageName, Vendor>> = {
  aws: {
    ...known("aws"),
    settings: ["accessKey", "profile", "assumeRoles", "assumeRoleWithWebIdentity"],
    renew: "sign in again (aws sso login) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to valid keys",
    statusPage: "https://health.aws.amazon.com",
    callsAtStart: true,
  },
  github: {
    ...known("github"),
    settings: ["token", "appAuth"],
    renew: "make a new one at https://github.com/settings/tokens, or use the infrastructure app's",
    statusPage: "https://www.githubstatus.com",
    callsAtStart: false,
  },
  vercel: {
    ...known("vercel"),
    settings: ["apiToken"],
    renew: "make a new one at https://vercel.com/account/tokens",
    statusPage: "https://www.vercel-status.com",
    callsAtStart: false,
  },
  sentry: {
    ...known("sentry"),
    settings: ["token"],
    renew: "make a new internal integration's token in the organization's settings",
    statusPage: "https://status.sentry.io",
    callsAtStart: true,
  },
  pagerduty: {
    ...known("pagerduty"),
    settings: ["token"],
    renew: "make a new REST API key under Integrations, API Access Keys",
    statusPage: "https://status.pagerduty.com",
    callsAtStart: true,
  },
  slack: {
    ...known("slack"),
    settings: ["token"],
    renew: "reinstall the app in the workspace and take its bot token",
    statusPage: "https://slack-status.com",
    callsAtStart: false,
  },
};

/** The first variable is the one that a person sets; it is what messages name. */
export const variableOf = (name: PackageName): string => vendors[name].variables[0] ?? "";
