import type * as vercel from "@pulumiverse/vercel";
import { stackRule, want } from "../rule.ts";

const projectType = "vercel:index/project:Project";

export const firewall = stackRule({
  name: "vercel-firewall",
  title: "The firewall is on, and limits what one address may ask",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-19"],
  why: "One address that asks without end takes the site from all others, and its traffic is paid for.",
  fix: "Declare a FirewallConfig with enabled true and an active rule whose action is rate_limit (vercel.firewall in the config).",
  link: "https://vercel.com/docs/vercel-firewall/vercel-waf/rate-limiting",
  onlyWith: projectType,
  *check(stack) {
    for (const project of stack.all(projectType)) {
      const [found] = stack.of<vercel.FirewallConfigArgs>(
        "vercel:index/firewallConfig:FirewallConfig",
        "projectId",
        project,
      );
      yield [project, () => want(found?.props.enabled === true, "has no FirewallConfig that is on")];
      if (found?.props.enabled !== true) continue;
      yield [
        found,
        () => {
          const limits = (found.props.rules?.rules ?? []).filter(
            ({ active = true, action }) => active && action?.action === "rate_limit",
          );
          return want(limits.length > 0, "has no active rule that limits requests");
        },
      ];
    }
  },
});
