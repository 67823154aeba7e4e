import type * as github from "@pulumi/github";
import { mainBranch, releaseTags } from "../../infra/domain/repository.ts";
import { show, stackRule, want } from "../rule.ts";
import { actsOnProduction, environmentType } from "./environment.ts";

const policyType = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const all = ["*", "**", "**/*", "*/*"];

export const deployRefs = stackRule({
  name: "github-deploy-refs",
  title:
    "Each environment lists the branches and tags that deploy to it; production's are main and release tags",
  level: "mandatory",
  severity: "critical",
  rows: ["ENV-04", "ENV-05", "ENV-06", "ENV-14", "ENV-15", "ENV-16"],
  why: "An environment without a list gives its secrets to a workflow on any branch, which anybody who can push writes.",
  fix: "Set deploymentBranchPolicy.customBranchPolicies and declare a RepositoryEnvironmentDeploymentPolicy for each pattern; for production only main and v*.",
  link: "https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#deployment-branches-and-tags",
  onlyWith: environmentType,
  *check(stack) {
    const policies = stack.all<github.RepositoryEnvironmentDeploymentPolicyArgs>(policyType);
    for (const environment of stack.all<github.RepositoryEnvironmentArgs>(environmentType)) {
      const { deploymentBranchPolicy: listed = {} } = environment.props;
      yield [
        environment,
        () =>
          want(
            listed.customBranchPolicies === true || listed.protectedBranches === true,
            "lets every branch deploy",
          ),
      ];
      if (listed.customBranchPolicies !== true) continue;
      yield [
        environment,
        () => {
          const own = policies.filter(({ props }) => props.environment === environment.props.environment);
          return want(own.length > 0, "lists no branch and no tag, so nothing can deploy");
        },
      ];
    }
    for (const policy of policies) {
      yield [
        policy,
        () => {
          const { branchPattern = "", environment, tagPattern = "" } = policy.props;
          const pattern = `${branchPattern}${tagPattern}`;
          if (!actsOnProduction(environment))
            return want(!all.includes(pattern), `lets everything deploy (${show(pattern)})`);
          return want(
            branchPattern === mainBranch || (environment === "production" && tagPattern === releaseTags),
            `lets ${show(pattern)} act on production`,
          );
        },
      ];
    }
  },
});
