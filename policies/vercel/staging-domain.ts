import type * as vercel from "@pulumiverse/vercel";
import { resourceRule, want } from "../rule.ts";

export const stagingDomain = resourceRule<vercel.ProjectDomainArgs>({
  name: "vercel-staging-domain",
  title: "staging's host name shows a preview, not production",
  level: "mandatory",
  severity: "high",
  rows: ["ENV-08", "ENV-12", "ENV-13"],
  why: "A domain without a branch shows production: people would test what is released already.",
  fix: "Set gitBranch to the branch that staging is built from.",
  link: "https://vercel.com/docs/domains/working-with-domains/assign-domain-to-a-git-branch",
  types: ["vercel:index/projectDomain:ProjectDomain"],
  *check({ props }) {
    yield () => {
      const isStaging = props.domain?.split(".").includes("staging") === true;
      return want(
        !isStaging || (props.gitBranch ?? "") !== "",
        "is staging's host name and shows production",
      );
    };
    yield () => want(props.gitBranch !== "main", "shows production's branch as if it were a preview");
  },
});
