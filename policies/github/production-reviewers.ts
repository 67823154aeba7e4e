import type * as github from "@pulumi/github";
import { resourceRule, want } from "../rule.ts";
import { environmentType, hasReviewers, noBypass } from "./environment.ts";

export const productionReviewers = resourceRule<github.RepositoryEnvironmentArgs>({
  name: "github-production-reviewers",
  title: "A deployment to production waits until somebody else lets it pass",
  level: "mandatory",
  severity: "critical",
  rows: ["ENV-14", "ENV-17", "ENV-26"],
  why: "Without reviewers whoever can push a tag deploys to production alone.",
  fix: "Give the environment reviewers (github.reviewers in the config), preventSelfReview true and canAdminsBypass false.",
  link: "https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#required-reviewers",
  types: [environmentType],
  *check({ props }) {
    if (props.environment !== "production") return;
    yield () => want(hasReviewers(props), "has no reviewers");
    yield () => want(props.preventSelfReview === true, "lets people approve their own deployments");
    yield () => noBypass(props);
  },
});
