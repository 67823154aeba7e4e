import type * as vercel from "@pulumiverse/vercel";
import { resourceRule, show, want } from "../rule.ts";

const closed = ["standard_protection", "standard_protection_new", "all_deployments"];

export const previewProtection = resourceRule<vercel.ProjectArgs>({
  name: "vercel-preview-protection",
  title: "Previews are open to the team alone, and forks get no secrets",
  level: "mandatory",
  severity: "high",
  rows: ["ENV-03", "SEC-27"],
  why: "A preview has a public address and staging's secrets; a pull request from a fork would be built with them.",
  fix: "Set vercelAuthentication.deploymentType to standard_protection_new and gitForkProtection to true.",
  link: "https://vercel.com/docs/deployment-protection",
  types: ["vercel:index/project:Project"],
  *check({ props }) {
    yield () => {
      const type = props.vercelAuthentication?.deploymentType;
      return want(closed.includes(type ?? ""), `has the protection ${show(type)} for previews`);
    };
    yield () => want(props.gitForkProtection === true, "builds pull requests of forks without being asked");
  },
});
