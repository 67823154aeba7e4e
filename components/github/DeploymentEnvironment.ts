import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { maxReviewers, type DeployRefs, type Reviewers } from "../../infra/domain/repository.ts";
import { refuseMistakes } from "../mistakes.ts";

export interface DeploymentEnvironmentArgs {
  /** Name of the repository, without its owner. */
  repository: pulumi.Input<string>;
  /** Name of the environment in workflows: staging, production. */
  environment: string;
  /** Who lets a deployment pass; without any it starts by itself. At most 6. */
  reviewers?: Reviewers;
  /** Minutes between the approval and the start, 0-43200; default 0. */
  waitMinutes?: number;
  /** Branches and tags that may deploy; at least one. */
  refs: DeployRefs;
  /** Values that workflows may print, by name. */
  variables: Readonly<Record<string, pulumi.Input<string>>>;
  /** Values that only a deployment to this environment can read, by name. */
  secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

const actionsName = /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i;

/** What is wrong with the arguments, all of it. */
export function environmentMistakes(args: DeploymentEnvironmentArgs): Mistake[] {
  const mistakes: Mistake[] = [];
  const count = (args.reviewers?.users.length ?? 0) + (args.reviewers?.teams.length ?? 0);
  if (count > maxReviewers)
    mistakes.push({
      path: "reviewers",
      problem: `has ${count} users and teams`,
      hint: `allowed: at most ${maxReviewers}`,
    });
  const { waitMinutes = 0 } = args;
  if (!Number.isInteger(waitMinutes) || waitMinutes < 0 || waitMinutes > 43200)
    mistakes.push({
      path: "waitMinutes",
      problem: `is ${waitMinutes}`,
      hint: "allowed: a whole number from 0 to 43200 minutes",
    });
  if (args.refs.branches.length + args.refs.tags.length === 0)
    mistakes.push({ path: "refs", problem: "is empty", hint: "allowed: one or more branches or tags" });
  for (const group of ["variables", "secrets"] as const) {
    for (const key of Object.keys(args[group]).filter((key) => !actionsName.test(key))) {
      mistakes.push({
        path: `${group}.${key}`,
        problem: "is not a name for GitHub Actions",
        hint: "allowed: letters, digits and _, not starting with a digit or GITHUB_",
      });
    }
  }
  return mistakes;
}

/**
 * An environment that workflows deploy to: from its own branches and tags only, past its reviewers, with variables and
 * secrets that no other environment has. Administrators have no way around it.
 */
export class DeploymentEnvironment extends pulumi.ComponentResource {
  /** Name of the environment, known once it is there. */
  readonly environment: pulumi.Output<string>;

  constructor(name: string, args: DeploymentEnvironmentArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:github:DeploymentEnvironment", name, {}, opts);
    refuseMistakes("DeploymentEnvironment", name, environmentMistakes(args));
    const open = { parent: this, protect: false };
    const users = [...(args.reviewers?.users ?? [])];
    const teams = [...(args.reviewers?.teams ?? [])];
    const reviewed = users.length + teams.length > 0;

    const environment = new github.RepositoryEnvironment(
      `${name}-environment`,
      {
        repository: args.repository,
        environment: args.environment,
        canAdminsBypass: false,
        preventSelfReview: reviewed,
        waitTimer: args.waitMinutes ?? 0,
        ...(reviewed && { reviewers: [{ users, teams }] }),
        deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
      },
      { parent: this },
    );
    const of = { repository: args.repository, environment: environment.environment };

    for (const branchPattern of args.refs.branches) {
      const policy = `${name}-branch-${branchPattern}`;
      new github.RepositoryEnvironmentDeploymentPolicy(policy, { ...of, branchPattern }, open);
    }
    for (const tagPattern of args.refs.tags) {
      const policy = `${name}-tag-${tagPattern}`;
      new github.RepositoryEnvironmentDeploymentPolicy(policy, { ...of, tagPattern }, open);
    }
    for (const [variableName, value] of Object.entries(args.variables)) {
      const variable = `${name}-variable-${variableName}`;
      new github.ActionsEnvironmentVariable(variable, { ...of, variableName, value }, open);
    }
    for (const [secretName, value] of Object.entries(args.secrets)) {
      const secret = `${name}-secret-${secretName}`;
      new github.ActionsEnvironmentSecret(secret, { ...of, secretName, value: pulumi.secret(value) }, open);
    }

    this.environment = environment.environment;
    this.registerOutputs({ environment: this.environment });
  }
}
