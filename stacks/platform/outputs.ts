import type * as pulumi from "@pulumi/pulumi";
import type { Hosts } from "../../infra/domain/hosts.ts";
import type { MonthlyCost } from "../../infra/domain/plan.ts";
import type { Backups } from "./backups.ts";
import type { EnvironmentName } from "./environments.ts";

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
