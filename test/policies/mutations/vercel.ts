// One way to break a rule a line, by the rule's name. The world is in ../fixtures.
import { gone, type Mutation } from "../world.ts";

const web = "Project pulse-messages-project";
const variable = "ProjectEnvironmentVariable pulse-messages-variable-VITE_SENTRY_DSN-production";
const headers = "ProjectRoute pulse-messages-security-headers";

export const vercel: Record<string, Mutation[]> = {
  "vercel-preview-protection": [
    ["none", [web, "vercelAuthentication", gone]],
    ["off", [web, "vercelAuthentication/deploymentType", "none"]],
    ["forks", [web, "gitForkProtection", false]],
  ],
  "vercel-source-maps": [["open", [web, "protectedSourcemaps", false]]],
  "vercel-sensitive-variables": [
    ["readable", [variable, "sensitive", false]],
    [
      "by its name",
      ["ProjectEnvironmentVariable pulse-messages-variable-VITE_API_URL-production", "key", "API_TOKEN"],
    ],
    [
      "by its shape",
      [
        "ProjectEnvironmentVariable pulse-messages-variable-VITE_API_URL-production",
        "value",
        `ghp_${"a1B2".repeat(9)}`,
      ],
    ],
    ["of two environments", [variable, "targets", ["preview", "production"]]],
  ],
  "vercel-security-headers": [
    ["none", [headers]],
    ["off", [headers, "enabled", false]],
    ["of some pages", [headers, "route/src", "/about"]],
    ...[0, 1, 2, 3, 4, 5].map((n): Mutation => [
      `header ${n}`,
      [headers, `route/transforms/${n}/args`, '"other"'],
    ]),
    ["only suggested", [headers, "route/transforms/0/op", "append"]],
  ],
  "vercel-firewall": [
    ["none", ["FirewallConfig pulse-messages-firewall"]],
    ["off", ["FirewallConfig pulse-messages-firewall", "enabled", false]],
    ["no rule", ["FirewallConfig pulse-messages-firewall", "rules", gone]],
    ["an idle rule", ["FirewallConfig pulse-messages-firewall", "rules/rules/0/active", false]],
    ["only logs", ["FirewallConfig pulse-messages-firewall", "rules/rules/0/action/action", "log"]],
  ],
  "vercel-staging-domain": [
    ["shows production", ["ProjectDomain pulse-messages-domain-staging.example.com", "gitBranch", gone]],
    ["main as preview", ["ProjectDomain pulse-messages-domain-staging.example.com", "gitBranch", "main"]],
  ],
  "vercel-rolling-release": [
    [
      "at once",
      ["ProjectRollingRelease pulse-messages-rolling-release", "stages", [{ targetPercentage: 100 }]],
    ],
    ["never all", ["ProjectRollingRelease pulse-messages-rolling-release", "stages/1/targetPercentage", 50]],
  ],
};
