import type * as github from "@pulumi/github";
import type { PropsOf, Seen } from "../resource.ts";
import type { Stack, StackResource } from "../stack.ts";

export const rulesetType = "github:index/repositoryRuleset:RepositoryRuleset";
export const repositoryType = "github:index/repository:Repository";
export type Ruleset = StackResource & { props: PropsOf<github.RepositoryRulesetArgs> };
export type Repository = Seen<PropsOf<github.RepositoryArgs>>;

export const repositoriesOf = (stack: Stack): Repository[] =>
  stack.all<github.RepositoryArgs>(repositoryType);

/** Resources of a type that belong to a repository. */
export const inRepository = <Args>(
  stack: Stack,
  type: string,
  repository: Repository,
): (StackResource & { props: PropsOf<Args> })[] =>
  stack.of<Args>(type, "repository", repository, () => repository.props.name);

/** A repository's active rules for a reference such as refs/heads/main. */
export const rulesetsFor = (stack: Stack, repository: Repository, ref: string): Ruleset[] =>
  inRepository<github.RepositoryRulesetArgs>(stack, rulesetType, repository).filter(({ props }) => {
    const { includes = [], excludes = [] } = props.conditions?.refName ?? {};
    const names = ["~ALL", ref, ...(ref === "refs/heads/main" ? ["~DEFAULT_BRANCH"] : [])];
    return (
      props.enforcement === "active" &&
      includes.some((name) => names.includes(name)) &&
      !excludes.some((name) => names.includes(name))
    );
  });
