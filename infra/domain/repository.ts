/** Branches and tags that rules and environments are about. */
export const mainBranch = "main";
export const developBranch = "develop";
/** Branches for emergency fixes: one level, and any depth, since `*` does not cross a slash. */
export const hotfixBranches = ["hotfix/*", "hotfix/**/*"] as const;
/** Tags of releases: v1.0.1. */
export const releaseTags = "v*";

/** Wire values of GitHub's API, whatever the SDK's comments say. */
export const mergeMethods = ["squash", "merge", "rebase"] as const;
export type MergeMethod = (typeof mergeMethods)[number];

export const visibilities = ["private", "internal", "public"] as const;
export type Visibility = (typeof visibilities)[number];

/** What a team may do in a repository. */
export const permissions = ["pull", "triage", "push", "maintain", "admin"] as const;
export type Permission = (typeof permissions)[number];

/** What starts a deployment to staging. Every pull request has a preview of its own in any case. */
export const stagingTriggers = ["develop", "main", "pull_request"] as const;
export type StagingTrigger = (typeof stagingTriggers)[number];

/**
 * What starts a deployment to production: `approval` is a release tag or a dispatch from main that reviewers let
 * pass; `auto` is every merge into main, without reviewers.
 */
export const productionTriggers = ["approval", "auto"] as const;
export type ProductionTrigger = (typeof productionTriggers)[number];

/** Git references that may deploy to an environment. */
export interface DeployRefs {
  branches: readonly string[];
  tags: readonly string[];
}

/** Fixes in a hurry reach staging from their own branch, so that they can be seen before they are merged. */
export function stagingRefs(trigger: StagingTrigger): DeployRefs {
  // Workflows of a pull request run on its merge reference, which is what GitHub compares with the pattern.
  const branch = { develop: developBranch, main: mainBranch, pull_request: "refs/pull/*/merge" }[trigger];
  return { branches: [branch, ...hotfixBranches], tags: [] };
}

export function productionRefs(trigger: ProductionTrigger): DeployRefs {
  return { branches: [mainBranch], tags: trigger === "approval" ? [releaseTags] : [] };
}

/** The environment of what runs from main without reviewers: rollbacks, health checks and release pull requests. */
export const operationsEnvironment = "operations";

/** Who has to let a deployment pass: GitHub's numeric ids. */
export interface Reviewers {
  users: readonly number[];
  teams: readonly number[];
}

/** GitHub takes at most this many reviewers of an environment, and says so only when one is added later. */
export const maxReviewers = 6;

/** Which owners review what: a pattern of paths, and the users (@name), teams (@org/team) or addresses. */
export interface CodeOwners {
  pattern: string;
  owners: readonly string[];
}

/** The file CODEOWNERS; later lines win, as GitHub reads it. */
export function codeOwnersFile(rules: readonly CodeOwners[]): string {
  return rules.map(({ pattern, owners }) => `${pattern} ${owners.join(" ")}\n`).join("");
}

/** A commit's or pull request's title: a type, perhaps a scope, a colon and what was done. */
export const commitTitle =
  "^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\\([a-z0-9-]+\\))?!?: .+";

/** v1.4.2 or v1.4.2-rc.1. */
export const releaseTagName = "^v[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.-]+)?$";
