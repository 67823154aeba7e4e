import type * as github from "@pulumi/github";
import { stackRule, want } from "../rule.ts";
import { environmentType } from "./environment.ts";
import { inRepository, repositoriesOf } from "./rulesets.ts";

export const environments = stackRule({
  name: "github-environments",
  title: "A repository that deploys has both environments, staging and production",
  level: "mandatory",
  severity: "medium",
  rows: ["ENV-01", "ENV-03"],
  why: "Without staging, production is where a change is tried first.",
  fix: "Declare a RepositoryEnvironment for staging and one for production.",
  link: "https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments",
  onlyWith: environmentType,
  *check(stack) {
    for (const repository of repositoriesOf(stack)) {
      const own = inRepository<github.RepositoryEnvironmentArgs>(stack, environmentType, repository);
      if (own.length === 0) continue;
      for (const name of ["staging", "production"]) {
        yield [
          repository,
          () =>
            want(
              own.some(({ props }) => props.environment === name),
              `has no environment ${name}`,
            ),
        ];
      }
    }
  },
});
