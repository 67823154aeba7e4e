import { stackRule, want } from "../rule.ts";
import { repositoriesOf, repositoryType, rulesetsFor, type Ruleset } from "./rulesets.ts";

type Rules = NonNullable<Ruleset["props"]["rules"]>;

const wanted: readonly (readonly [holds: (rules: Rules) => boolean, problem: string])[] = [
  [({ nonFastForward }) => nonFastForward === true, "lets its history be rewritten by force"],
  [({ deletion }) => deletion === true, "can be deleted"],
  [({ pullRequest }) => pullRequest !== undefined, "takes changes without a pull request"],
  [
    ({ pullRequest }) => (pullRequest?.requiredApprovingReviewCount ?? 0) >= 1,
    "takes changes that nobody reviewed",
  ],
  [
    ({ pullRequest }) => pullRequest?.dismissStaleReviewsOnPush === true,
    "keeps a review after the change that it was about",
  ],
  [
    ({ requiredStatusChecks }) => (requiredStatusChecks?.requiredChecks ?? []).length > 0,
    "takes changes that no check has looked at",
  ],
  [
    ({ requiredStatusChecks }) => requiredStatusChecks?.strictRequiredStatusChecksPolicy === true,
    "takes changes that were checked on an older main",
  ],
];

export const mainProtected = stackRule({
  name: "github-main-protected",
  title: "main takes nothing but reviewed pull requests whose checks are green",
  level: "mandatory",
  severity: "critical",
  rows: ["SRC-02", "SRC-03", "SRC-07", "SRC-09", "SRC-10", "SRC-11"],
  why: "What is on main goes to production: one push past review and checks is all that it takes.",
  fix: "Declare an active RepositoryRuleset for refs/heads/main with deletion, nonFastForward, a pullRequest rule with at least one approval that new pushes dismiss, and strict requiredStatusChecks.",
  link: "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets",
  onlyWith: repositoryType,
  *check(stack) {
    for (const repository of repositoriesOf(stack)) {
      const rules = rulesetsFor(stack, repository, "refs/heads/main").map(({ props }) => props.rules ?? {});
      if (rules.length === 0) yield [repository, () => "has no active ruleset for main"];
      else {
        for (const [holds, problem] of wanted) {
          yield [repository, () => want(rules.some(holds), `has a main that ${problem}`)];
        }
      }
    }
  },
});
