import type { Mistake } from "../../infra/domain/mistake.ts";
import type { CodeOwners, MergeMethod, Permission, Visibility } from "../../infra/domain/repository.ts";

export interface ProtectedRepositoryArgs {
  /** Name at GitHub, without its owner. */
  repository: string;
  description?: string;
  visibility: Visibility;
  /** Approving reviews before a merge into main or develop, 1-10. */
  requiredApprovals: number;
  /** Names of the checks that have to be green before a merge; at least one. */
  requiredChecks: readonly string[];
  /** How pull requests may be merged; the first is what main's history will look like. */
  mergeMethods: readonly MergeMethod[];
  /**
   * Numeric id of the GitHub App whose token applies this program: the one actor that main's rules let pass, else the
   * files below could be made once and never be changed.
   */
  infrastructureAppId: number;
  /** Teams that may make release tags besides the app: their numeric ids. Nobody may move or delete one. */
  releaseTeamIds: readonly number[];
  /** What teams may do, by the team's slug. */
  teams: Readonly<Record<string, Permission>>;
  /** Who reviews what. */
  codeOwners: readonly CodeOwners[];
  /** Further files on main: content by path. */
  files: Readonly<Record<string, string>>;
  /** Secret scanning in a repository that is not public, and code scanning: both need a licence. */
  advancedSecurity: boolean;
  /** Rules for commit titles and tag names in GitHub itself: needs an Enterprise plan. */
  metadataRules: boolean;
  /** Archives the repository instead of deleting it when it leaves the stack. */
  archiveOnDestroy: boolean;
}

const owner = /^@[\w.-]+(\/[\w.-]+)?$|^[^\s@]+@[^\s@]+$/;

/** What is wrong with the arguments, all of it. */
export function repositoryMistakes(args: ProtectedRepositoryArgs): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (path: string, problem: string, hint: string) => mistakes.push({ path, problem, hint });
  if (!/^[\w.-]{1,100}$/.test(args.repository))
    refuse(
      "repository",
      `is ${JSON.stringify(args.repository)}`,
      "allowed: 1 to 100 letters, digits, ., - and _",
    );
  if (!Number.isInteger(args.requiredApprovals) || args.requiredApprovals < 1 || args.requiredApprovals > 10)
    refuse("requiredApprovals", `is ${args.requiredApprovals}`, "allowed: a whole number from 1 to 10");
  if (args.requiredChecks.length === 0)
    refuse("requiredChecks", "is empty", "allowed: the names of one or more checks");
  if (args.mergeMethods.length === 0)
    refuse("mergeMethods", "is empty", "allowed: one or more of squash, merge, rebase");
  if (!Number.isInteger(args.infrastructureAppId) || args.infrastructureAppId < 1)
    refuse(
      "infrastructureAppId",
      `is ${args.infrastructureAppId}`,
      "allowed: the numeric id of a GitHub App",
    );
  args.codeOwners.forEach(({ pattern, owners }, i) => {
    if (pattern === "" || /\s/.test(pattern))
      refuse(
        `codeOwners.${i}.pattern`,
        `is ${JSON.stringify(pattern)}`,
        "allowed: a pattern of paths without spaces",
      );
    if (owners.length === 0 || !owners.every((name) => owner.test(name)))
      refuse(
        `codeOwners.${i}.owners`,
        `is ${JSON.stringify(owners)}`,
        "allowed: one or more of @user, @organisation/team and addresses",
      );
  });
  for (const path of Object.keys(args.files)) {
    if (path === codeOwnersPath && args.codeOwners.length > 0)
      refuse(`files.${path}`, "is there twice", "allowed: either this file or codeOwners");
    if (path === "" || path.startsWith("/") || path.split("/").includes(".."))
      refuse(
        `files.${path}`,
        "is not inside the repository",
        "allowed: a path such as .github/dependabot.yml",
      );
  }
  return mistakes;
}

export const codeOwnersPath = ".github/CODEOWNERS";
