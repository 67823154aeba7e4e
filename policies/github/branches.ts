import type * as github from "@pulumi/github";
import { developBranch, mainBranch } from "../../infra/domain/repository.ts";
import { show, stackRule, want } from "../rule.ts";
import { inRepository, repositoriesOf, repositoryType, rulesetsFor } from "./rulesets.ts";

export const branches = stackRule({
  name: "github-branches",
  title: "main is the default branch, develop exists, and neither is rewritten",
  level: "mandatory",
  severity: "medium",
  rows: ["SRC-02", "SRC-04"],
  why: "Workflows, previews and staging are bound to these two names.",
  fix: "Declare a BranchDefault for main, a Branch develop, and a ruleset for develop with deletion and nonFastForward.",
  link: "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-branches-in-your-repository/changing-the-default-branch",
  onlyWith: repositoryType,
  *check(stack) {
    for (const repository of repositoriesOf(stack)) {
      const [byDefault] = inRepository<github.BranchDefaultArgs>(
        stack,
        "github:index/branchDefault:BranchDefault",
        repository,
      );
      const others = inRepository<github.BranchArgs>(stack, "github:index/branch:Branch", repository);
      yield [
        repository,
        () =>
          want(
            byDefault?.props.branch === mainBranch,
            `has the default branch ${show(byDefault?.props.branch)}`,
          ),
      ];
      yield [
        repository,
        () =>
          want(
            others.some(({ props }) => props.branch === developBranch),
            `has no branch ${developBranch}`,
          ),
      ];
      const rules = rulesetsFor(stack, repository, `refs/heads/${developBranch}`).map(
        ({ props }) => props.rules ?? {},
      );
      for (const key of ["deletion", "nonFastForward"] as const) {
        yield [
          repository,
          () =>
            want(
              rules.some((rule) => rule[key] === true),
              `has no rule ${key} for ${developBranch}`,
            ),
        ];
      }
    }
  },
});
