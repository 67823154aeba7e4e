import type { Role } from "@pulumi/aws/iam/role.js";
import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { refuseMistakes } from "../mistakes.ts";
import { roleMistakes, textMistakes, webIdentityRole, type WebIdentityRoleArgs } from "./webIdentityRole.ts";

const issuer = "token.actions.githubusercontent.com";

export interface GithubOidcRoleArgs extends WebIdentityRoleArgs {
  /** The one repository and deployment environment whose jobs may take the role. */
  github: { owner: string; repository: string; environment: string };
}

/**
 * A role for the jobs of one GitHub deployment environment of one repository, and of nothing else: no key is stored
 * anywhere, and the environment's reviewers decide who gets there.
 */
export class GithubOidcRole extends pulumi.ComponentResource {
  readonly role: Role;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: GithubOidcRoleArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:aws:GithubOidcRole", name, {}, opts);
    refuseMistakes("GithubOidcRole", name, githubRoleMistakes(args));
    const { owner, repository, environment } = args.github;
    this.role = webIdentityRole(
      name,
      {
        ...args,
        issuer,
        subject: githubSubject(args.github),
        description: `GitHub Actions in ${environment} of ${owner}/${repository}`,
      },
      this,
    );
    this.arn = this.role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** The subject in the token of a job that runs in a deployment environment, by GitHub's default template. */
export function githubSubject(github: GithubOidcRoleArgs["github"]): string {
  return `repo:${github.owner}/${github.repository}:environment:${github.environment}`;
}

/** Makes an account trust GitHub's tokens. An account has one at most, for all its roles. */
export function githubIdentityProvider(
  name: string,
  opts: pulumi.CustomResourceOptions,
): OpenIdConnectProvider {
  return new OpenIdConnectProvider(
    name,
    { url: `https://${issuer}`, clientIdLists: ["sts.amazonaws.com"] },
    opts,
  );
}

export function githubRoleMistakes(args: GithubOidcRoleArgs): Mistake[] {
  const { environment, owner, repository } = args.github;
  const hint = "letters, digits, -, _ and ., no wildcard";
  return [
    ...roleMistakes(args),
    ...textMistakes(
      "github.owner",
      owner,
      /^[A-Za-z0-9][A-Za-z0-9-]*$/,
      "letters, digits and -, no wildcard",
    ),
    ...textMistakes("github.repository", repository, /^[\w.-]+$/, hint),
    ...textMistakes("github.environment", environment, /^[\w.-]+$/, hint),
  ];
}
