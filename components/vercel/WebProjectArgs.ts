import type * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { stagesMistake, type ReleaseStage } from "../../infra/domain/rollingRelease.ts";

/** The kinds of deployment that a host of web applications has. Staging is a preview with a name of its own. */
export const targets = ["production", "preview", "development"] as const;
export type Target = (typeof targets)[number];

/** A variable of builds and functions. */
export interface WebVariable {
  name: string;
  value: pulumi.Input<string>;
  /** Deployments that have it. */
  targets: readonly Target[];
  /** Cannot be read back at the host, and is a secret here. Not for development alone: that is read by people. */
  secret: boolean;
}

export interface WebDomain {
  host: string;
  /** The branch whose newest preview it shows; production when left out. */
  branch?: string;
  /** Another host that it redirects to, for good. */
  redirectTo?: string;
}

/** Nothing in here names the host's own vocabulary, so that another one can take its place. */
export interface WebProjectArgs {
  /** Name at the host: lower-case letters, digits, ., - and _. */
  project: string;
  /** `owner/name` of the repository at GitHub that is built at each push. */
  repository: pulumi.Input<string>;
  /** Branch of production; every other branch is a preview. */
  productionBranch: string;
  /** Preset of the host for builds: vite, nextjs. */
  framework: string;
  /** Folder of the repository; its root when left out. */
  rootDirectory?: string;
  /** The framework's own when left out. */
  buildCommand?: string;
  /** The framework's own when left out. */
  outputDirectory?: string;
  /** 22.x, 24.x. */
  nodeVersion: string;
  domains: readonly WebDomain[];
  variables: readonly WebVariable[];
  /** True: a production build takes the traffic by itself. False: it waits until somebody promotes it. */
  releaseAutomatically: boolean;
  /** Share of the visitors by stage of a release; all at once when left out. */
  release?: readonly ReleaseStage[];
  /** How long a browser goes on talking to the version that it loaded. */
  skewProtection?: "30 minutes" | "12 hours" | "1 day" | "7 days";
  /** Headers of every answer. */
  headers: Readonly<Record<string, string>>;
  /** Requests that one address may send in a minute; more are refused for a minute. */
  requestsPerMinute: number;
  /** What happens to programs that browse: log only, or challenge, which also stops monitors that are not allowed. */
  bots: "log" | "challenge";
  /** Who may deploy: address and role. Everybody in the team when left out. */
  members?: readonly { email: string; role: "admin" | "developer" | "viewer" }[];
}

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const host = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})+$`);

/** What is wrong with the arguments, all of it. */
export function webProjectMistakes(args: WebProjectArgs): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (path: string, problem: string, hint: string) => mistakes.push({ path, problem, hint });
  if (!/^(?!.*---)[a-z0-9._-]{1,100}$/.test(args.project))
    refuse(
      "project",
      `is ${JSON.stringify(args.project)}`,
      "allowed: 1 to 100 of a-z, 0-9, ., - and _, without ---",
    );
  args.domains.forEach((domain, i) => {
    if (!host.test(domain.host))
      refuse(`domains.${i}.host`, `is ${JSON.stringify(domain.host)}`, "allowed: a host name");
    if (domain.branch !== undefined && domain.redirectTo !== undefined)
      refuse(`domains.${i}.redirectTo`, "is there besides branch", "allowed: one of the two");
    if (domain.branch === args.productionBranch)
      refuse(`domains.${i}.branch`, `is production's, ${domain.branch}`, "allowed: a branch of previews");
  });
  const seen = new Set<string>();
  args.variables.forEach(({ name, targets, secret }, i) => {
    const path = `variables.${i}`;
    if (!/^[A-Za-z_]\w*$/.test(name))
      refuse(`${path}.name`, `is ${JSON.stringify(name)}`, "allowed: letters, digits and _");
    if (targets.length === 0) refuse(`${path}.targets`, "is empty", "allowed: one or more deployments");
    if (secret && targets.includes("development"))
      refuse(`${path}.secret`, "is true for development", "allowed: false there, since people read it back");
    for (const target of targets) {
      if (seen.has(`${name} ${target}`))
        refuse(`${path}.name`, `is ${name}, which ${target} already has`, "allowed: one value by deployment");
      seen.add(`${name} ${target}`);
    }
  });
  const stages = args.release && stagesMistake(args.release);
  if (stages !== undefined) refuse("release", `cannot be used: ${stages}`, "allowed: stages such as 5, 100");
  if (!Number.isInteger(args.requestsPerMinute) || args.requestsPerMinute < 1)
    refuse("requestsPerMinute", `is ${args.requestsPerMinute}`, "allowed: a whole number from 1");
  return mistakes;
}
