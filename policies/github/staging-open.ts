import type * as github from "@pulumi/github";
import { resourceRule, want } from "../rule.ts";
import { environmentType, hasReviewers } from "./environment.ts";

export const stagingOpen = resourceRule<github.RepositoryEnvironmentArgs>({
  name: "github-staging-open",
  title: "A deployment to staging waits for nobody",
  level: "mandatory",
  severity: "low",
  rows: ["ENV-07"],
  why: "What is merged has to be seen at once where it can be tried; a staging that waits is older than what people think they test.",
  fix: "Leave reviewers and waitTimer out of the environment staging.",
  link: "https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#wait-timer",
  types: [environmentType],
  *check({ props }) {
    if (props.environment !== "staging") return;
    yield () => want(!hasReviewers(props), "has reviewers");
    yield () => want((props.waitTimer ?? 0) === 0, `waits for ${String(props.waitTimer)} minutes`);
  },
});
