import { stackRule, show, want } from "../rule.ts";
import { inRepository, repositoriesOf, repositoryType } from "./rulesets.ts";
import type * as github from "@pulumi/github";

export const workflowToken = stackRule({
  name: "github-workflow-token",
  title: "Workflows only read by default, approve nothing, and use actions pinned by commit",
  level: "mandatory",
  severity: "high",
  rows: ["SRC-09"],
  why: "An action whose tag was moved runs in your workflow with your token; one that can write changes code, and one that can approve passes review.",
  fix: "Declare WorkflowRepositoryPermissions with read and canApprovePullRequestReviews false, and ActionsRepositoryPermissions with shaPinningRequired.",
  link: "https://docs.github.com/en/actions/reference/security/secure-use",
  onlyWith: repositoryType,
  *check(stack) {
    for (const repository of repositoriesOf(stack)) {
      const [token] = inRepository<github.WorkflowRepositoryPermissionsArgs>(
        stack,
        "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions",
        repository,
      );
      const [actions] = inRepository<github.ActionsRepositoryPermissionsArgs>(
        stack,
        "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions",
        repository,
      );
      yield [
        repository,
        () => {
          const { defaultWorkflowPermissions: may } = token?.props ?? {};
          return want(may === "read", `gives workflows a token with the permissions ${show(may)}`);
        },
      ];
      yield [
        repository,
        () =>
          want(token?.props.canApprovePullRequestReviews === false, "lets workflows approve pull requests"),
      ];
      yield [
        repository,
        () => want(actions?.props.shaPinningRequired === true, "takes actions that are not pinned by commit"),
      ];
    }
  },
});
