import {
  getList,
  getObject,
  getString,
  inside,
  isUnknown,
  type Json,
  type JsonObject,
} from "../../shared/values.ts";
import type { Making } from "./types.ts";

const isSet = (value: Json | undefined): boolean => (inside(value) ?? null) !== null;

/** `*` stops at "/", `**` does not; `~ALL` and `~DEFAULT_BRANCH` are GitHub's own words. */
export function refMatches(pattern: string, ref: string, defaultBranch: string): boolean {
  if (pattern === "~ALL") return true;
  if (pattern === "~DEFAULT_BRANCH") return ref === `refs/heads/${defaultBranch}`;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/\*|\*\*|\*|\?/g, (glob) => ({ "*": "[^/]*", "?": "[^/]" })[glob] ?? ".*");
  return new RegExp(`^${source}$`).test(ref);
}

/** Whether the acting app may go around the ruleset when it pushes; a pull-request bypass does not help a push. */
function bypasses(ruleset: JsonObject, appId: number | undefined): boolean {
  return getList(ruleset, "bypassActors").some((actor) => {
    const mode = getString(actor, "bypassMode");
    if (getString(actor, "actorType") !== "Integration" || mode === "pull_request") return false;
    return appId === undefined || getObject(actor).actorId === appId;
  });
}

const texts = (value: JsonObject, key: string): string[] =>
  getList(value, key).filter((entry) => typeof entry === "string");

/** Why a file cannot be pushed: a ruleset of its branch asks for a pull request, and nobody lets this app around it. */
export function blockedPush(file: JsonObject, { cloud, account }: Making): string | undefined {
  const repo = getString(file, "repository") ?? "";
  const defaultBranch = getString(cloud.BranchDefault?.[repo], "branch") ?? "main";
  const branch = getString(file, "branch") ?? defaultBranch;
  const ref = `refs/heads/${branch}`;
  for (const ruleset of Object.values(cloud.RepositoryRuleset ?? {})) {
    if (ruleset.repository !== repo || ruleset.enforcement !== "active" || ruleset.target !== "branch")
      continue;
    const refName = getObject(ruleset, "conditions", "refName");
    const matches = (pattern: string): boolean => refMatches(pattern, ref, defaultBranch);
    if (!texts(refName, "includes").some(matches) || texts(refName, "excludes").some(matches)) continue;
    const rules = getObject(ruleset, "rules");
    const blocks = isSet(rules.pullRequest) || isSet(rules.requiredStatusChecks) || rules.update === true;
    if (blocks && !bypasses(ruleset, account.appId))
      return `the ruleset "${getString(ruleset, "name") ?? ""}" protects ${branch} (409 Repository rule violations found): add the infrastructure app to its bypassActors, as {actorType: "Integration", bypassMode: "always"}`;
  }
  return undefined;
}

/** Why a file cannot be written: an empty repository, a missing branch, a protected one. */
export function refuseFile(file: JsonObject, making: Making): string | undefined {
  const repo = getString(file, "repository") ?? "";
  const branch = getString(file, "branch");
  const { cloud } = making;
  const empty = cloud.Repository?.[repo]?.autoInit !== true && !isSet(cloud.Repository?.[repo]?.template);
  const branches = Object.values(cloud.Branch ?? {}).filter((other) => other.repository === repo);
  if (empty && branches.length === 0)
    return `the repository ${repo} is empty: it needs autoInit before it can take files`;
  const exists =
    branch === undefined || branch === "main" || branches.some((other) => other.branch === branch);
  if (!exists && file.autocreateBranch !== true) return `there is no branch "${branch}" in ${repo}`;
  return blockedPush(file, making);
}

/** Problems of a ruleset's own inputs. */
export function checkRuleset(inputs: JsonObject): string[] {
  const problems: string[] = [];
  const refName = getObject(inputs, "conditions", "refName");
  const target = getString(inputs, "target");
  const prefix = target === "tag" ? "refs/tags/" : "refs/heads/";
  for (const list of ["includes", "excludes"] as const)
    texts(refName, list).forEach((pattern, i) => {
      if (!isUnknown(pattern) && !pattern.startsWith("~") && !pattern.startsWith(prefix))
        problems.push(
          `conditions.refName.${list}[${i}] is "${pattern}": a full name is needed, ${prefix}...`,
        );
    });
  const reviews = getObject(inputs, "rules", "pullRequest").requiredApprovingReviewCount;
  if (typeof reviews === "number" && (reviews < 0 || reviews > 10))
    problems.push(`rules.pullRequest.requiredApprovingReviewCount is ${reviews}: 0 to 10 are allowed`);
  const pushOnly = ["filePathRestriction", "fileExtensionRestriction", "maxFilePathLength", "maxFileSize"];
  for (const rule of Object.keys(getObject(inputs, "rules"))) {
    if (
      target !== undefined &&
      pushOnly.includes(rule) !== (target === "push") &&
      rule !== "commitMessagePattern"
    )
      problems.push(`rules.${rule} does not go with target "${target}"`);
  }
  return problems;
}
