import type * as github from "@pulumi/github";
import { resourceRule, show, want } from "../rule.ts";
import { rulesetType } from "./rulesets.ts";

export const bypass = resourceRule<github.RepositoryRulesetArgs>({
  name: "github-bypass",
  title:
    "Nobody passes by the rules for branches, administrators included; the app that applies this stack may for main",
  level: "mandatory",
  severity: "critical",
  rows: ["SRC-03", "SRC-07"],
  why: "A rule that administrators can skip is skipped in a hurry, which is when it is needed.",
  fix: "Remove the bypass actor; only the GitHub App whose token applies this stack (github.infrastructureAppId in the config) is one, of main's ruleset.",
  link: "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository#granting-bypass-permissions-for-your-branch-or-tag-ruleset",
  settings: {
    appId: {
      type: "number",
      default: 0,
      description: "Id of the one app that may; 0: any one app. The gate fills it in.",
    },
  },
  types: [rulesetType],
  *check({ props }, { appId }) {
    if (props.target !== "branch") return;
    const { bypassActors = [] } = props;
    const isMain = (props.conditions?.refName?.includes ?? []).some((ref) =>
      /(\/main|~DEFAULT_BRANCH)$/.test(ref),
    );
    yield () => want(bypassActors.length <= (isMain ? 1 : 0), `lets ${bypassActors.length} actors pass`);
    for (const actor of bypassActors) {
      yield () =>
        want(actor.actorType === "Integration", `lets an actor of type ${show(actor.actorType)} pass`);
      yield () =>
        want(
          actor.actorType !== "Integration" || appId === 0 || actor.actorId === appId,
          `lets the app ${show(actor.actorId)} pass, which is not the one that applies this stack`,
        );
    }
  },
});
