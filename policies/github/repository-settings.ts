import type * as github from "@pulumi/github";
import { resourceRule, show, want } from "../rule.ts";
import { repositoryType } from "./rulesets.ts";

export const repositorySettings = resourceRule<github.RepositoryArgs>({
  name: "github-repository-settings",
  title: "Repositories track issues, and name a squashed commit after its pull request",
  level: "mandatory",
  severity: "low",
  rows: ["SRC-13", "SRC-14"],
  why: "Incidents are tracked as issues, and release notes are made from the titles of pull requests.",
  fix: "Set hasIssues to true and, where squashing is allowed, squashMergeCommitTitle to PR_TITLE.",
  link: "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/configuring-commit-squashing-for-pull-requests",
  types: [repositoryType],
  *check({ props }) {
    yield () => want(props.hasIssues === true, "has no issues");
    yield () => {
      const { allowSquashMerge = true, squashMergeCommitTitle: title } = props;
      return want(!allowSquashMerge || title === "PR_TITLE", `has squashMergeCommitTitle ${show(title)}`);
    };
  },
});
