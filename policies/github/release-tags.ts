import { releaseTags } from "../../infra/domain/repository.ts";
import { stackRule, want } from "../rule.ts";
import { repositoriesOf, repositoryType, rulesetsFor } from "./rulesets.ts";

export const releaseTagsRule = stackRule({
  name: "github-release-tags",
  title: "Release tags are made by those who may, and stay as they are",
  level: "mandatory",
  severity: "high",
  rows: ["SRC-12", "ENV-16"],
  why: "A release tag starts a deployment to production; one that can be moved later names another version than the one that was tested.",
  fix: `Declare active rulesets for tags refs/tags/${releaseTags}: one with creation, and one with update and deletion that nobody passes.`,
  link: "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets",
  onlyWith: repositoryType,
  *check(stack) {
    for (const repository of repositoriesOf(stack)) {
      const rulesets = rulesetsFor(stack, repository, `refs/tags/${releaseTags}`).filter(
        ({ props }) => props.target === "tag",
      );
      yield [
        repository,
        () =>
          want(
            rulesets.some(({ props }) => props.rules?.creation === true),
            "lets everybody make release tags",
          ),
      ];
      for (const [key, verb] of [
        ["update", "moved"],
        ["deletion", "deleted"],
      ] as const) {
        yield [
          repository,
          () => {
            const strict = rulesets.filter(({ props }) => (props.bypassActors ?? []).length === 0);
            return want(
              strict.some(({ props }) => props.rules?.[key] === true),
              `lets release tags be ${verb}`,
            );
          },
        ];
      }
    }
  },
});
