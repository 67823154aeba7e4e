import type * as vercel from "@pulumiverse/vercel";
import { resourceRule, want } from "../rule.ts";

export const sourceMaps = resourceRule<vercel.ProjectArgs>({
  name: "vercel-source-maps",
  title: "Source maps are shown to the team alone",
  level: "mandatory",
  severity: "medium",
  rows: ["SEC-31"],
  why: "A source map is the application's source, comments included.",
  fix: "Set protectedSourcemaps to true.",
  link: "https://vercel.com/docs/deployment-protection",
  types: ["vercel:index/project:Project"],
  *check({ props }) {
    yield () => want(props.protectedSourcemaps === true, "shows its source maps to everybody");
  },
});
