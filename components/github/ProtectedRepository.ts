import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { codeOwnersFile, developBranch, mainBranch } from "../../infra/domain/repository.ts";
import { refuseMistakes } from "../mistakes.ts";
import {
  codeOwnersPath,
  repositoryMistakes,
  type ProtectedRepositoryArgs,
} from "./ProtectedRepositoryArgs.ts";
import { rulesets } from "./rulesets.ts";

/**
 * A repository in which main and develop take nothing but reviewed and checked pull requests, released tags never
 * move, workflows get a read-only token, and dependencies are watched. Its files come before its rules, and later
 * changes of them pass main's rules as the infrastructure app.
 */
export class ProtectedRepository extends pulumi.ComponentResource {
  /** Name at GitHub, without its owner; known once the repository is there. */
  readonly repository: pulumi.Output<string>;
  /** `owner/name`. */
  readonly fullName: pulumi.Output<string>;
  /** Everything that a deployment from this repository relies on. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ProtectedRepositoryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:github:ProtectedRepository", name, {}, opts);
    refuseMistakes("ProtectedRepository", name, repositoryMistakes(args));
    const parent = { parent: this };
    // What can be made again without loss may also leave without a detour.
    const open = { ...parent, protect: false };

    const repository = new github.Repository(`${name}-repository`, settings(args), parent);
    const of = { repository: repository.name };

    const main = new github.BranchDefault(`${name}-default-branch`, { ...of, branch: mainBranch }, open);
    const develop = new github.Branch(
      `${name}-develop`,
      { ...of, branch: developBranch, sourceBranch: mainBranch },
      { ...parent, dependsOn: main },
    );
    const files = committedFiles(name, args, of, { ...open, dependsOn: main });
    const rules = rulesets(name, args, repository.name, {
      ...parent,
      dependsOn: [main, develop, ...files],
    });

    for (const [slug, permission] of Object.entries(args.teams)) {
      new github.TeamRepository(`${name}-team-${slug}`, { ...of, teamId: slug, permission }, open);
    }
    security(name, of, parent);

    this.repository = repository.name;
    this.fullName = repository.fullName;
    this.ready = rules;
    this.registerOutputs({ fullName: this.fullName });
  }
}

function settings(args: ProtectedRepositoryArgs): github.RepositoryArgs {
  const { mergeMethods } = args;
  return {
    name: args.repository,
    description: args.description,
    visibility: args.visibility,
    // Branches and files need a first commit.
    autoInit: true,
    // Incidents are tracked here.
    hasIssues: true,
    hasWiki: false,
    hasProjects: false,
    allowMergeCommit: mergeMethods.includes("merge"),
    allowSquashMerge: mergeMethods.includes("squash"),
    allowRebaseMerge: mergeMethods.includes("rebase"),
    // The pull request's title, which the checks hold to `type: what`, becomes the commit's.
    ...(mergeMethods.includes("squash") && {
      squashMergeCommitTitle: "PR_TITLE",
      squashMergeCommitMessage: "PR_BODY",
    }),
    allowAutoMerge: true,
    allowUpdateBranch: true,
    deleteBranchOnMerge: true,
    archiveOnDestroy: args.archiveOnDestroy,
    securityAndAnalysis: scanning(args),
  };
}

/** Public repositories have advanced security anyway, and GitHub refuses to be told so. */
function scanning({ visibility, advancedSecurity }: ProtectedRepositoryArgs) {
  const enabled = { status: "enabled" };
  if (visibility === "public") return { secretScanning: enabled, secretScanningPushProtection: enabled };
  return advancedSecurity
    ? { advancedSecurity: enabled, secretScanning: enabled, secretScanningPushProtection: enabled }
    : undefined;
}

/** One commit after another: commits to one branch at the same time get in each other's way. */
function committedFiles(
  name: string,
  args: ProtectedRepositoryArgs,
  of: { repository: pulumi.Output<string> },
  opts: pulumi.CustomResourceOptions,
): github.RepositoryFile[] {
  const owners = args.codeOwners.length > 0 && { [codeOwnersPath]: codeOwnersFile(args.codeOwners) };
  const contents = Object.entries<string>({ ...owners, ...args.files }).sort(([a], [b]) => (a < b ? -1 : 1));
  return contents.reduce<github.RepositoryFile[]>((files, [file, content]) => {
    const last = files.at(-1);
    return [
      ...files,
      new github.RepositoryFile(
        `${name}-file-${file}`,
        { ...of, branch: mainBranch, file, content, commitMessage: `chore: update ${file}` },
        last ? { ...opts, dependsOn: last } : opts,
      ),
    ];
  }, []);
}

/** Dependencies are watched and updated; workflows run pinned actions with a token that can only read. */
function security(
  name: string,
  of: { repository: pulumi.Output<string> },
  opts: pulumi.CustomResourceOptions,
): void {
  const alerts = new github.RepositoryVulnerabilityAlerts(
    `${name}-vulnerability-alerts`,
    { ...of, enabled: true },
    opts,
  );
  new github.RepositoryDependabotSecurityUpdates(
    `${name}-security-updates`,
    { ...of, enabled: true },
    { ...opts, dependsOn: alerts },
  );
  new github.ActionsRepositoryPermissions(
    `${name}-actions`,
    { ...of, enabled: true, allowedActions: "all", shaPinningRequired: true },
    opts,
  );
  new github.WorkflowRepositoryPermissions(
    `${name}-workflow-token`,
    { ...of, defaultWorkflowPermissions: "read", canApprovePullRequestReviews: false },
    opts,
  );
  // AWS knows a deployment by this claim: `repo:<owner>/<name>:environment:<environment>`.
  new github.ActionsRepositoryOidcSubjectClaimCustomizationTemplate(
    `${name}-oidc-subject`,
    { ...of, useDefault: true },
    opts,
  );
}
