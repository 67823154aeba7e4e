import type * as vercel from "@pulumiverse/vercel";
import { securityHeaders } from "../../infra/domain/securityHeaders.ts";
import { show, stackRule, want } from "../rule.ts";

const projectType = "vercel:index/project:Project";

export const securityHeadersRule = stackRule({
  name: "vercel-security-headers",
  title: "Every page has the security headers, and loads from its own origin unless it says otherwise",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-14", "SEC-15", "SEC-16", "SEC-17"],
  why: "Without them a browser frames the page, guesses types, runs scripts from anywhere and talks plain HTTP.",
  fix: "Declare a ProjectRoute for /(.*) that sets the headers of infra/domain/securityHeaders.ts.",
  link: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP",
  onlyWith: projectType,
  *check(stack) {
    for (const project of stack.all(projectType)) {
      const routes = stack.of<vercel.ProjectRouteArgs>(
        "vercel:index/projectRoute:ProjectRoute",
        "projectId",
        project,
      );
      const sent = (): Map<string, string> =>
        new Map(
          routes
            .filter(({ props }) => props.enabled === true && props.route?.src === "/(.*)")
            .flatMap(({ props }) => props.route?.transforms ?? [])
            .filter(({ type, op }) => type === "response.headers" && op === "set")
            .map(({ target, args }) => [headerName(target), textOf(args)]),
        );
      for (const [header, wanted] of Object.entries(securityHeaders())) {
        yield [
          project,
          () => {
            const value = sent().get(header);
            // The policy's list of sources is the project's own; that everything else is refused is not.
            const holds =
              header === "Content-Security-Policy"
                ? wanted.split("; ").every((directive) => value?.split("; ").includes(directive))
                : value === wanted;
            return want(holds, `sends ${header} ${show(value)}, not ${show(wanted)}`);
          },
        ];
      }
    }
  },
});

const textOf = (json: unknown): string => String(JSON.parse(String(json)));
const headerName = (json: unknown): string => String((JSON.parse(String(json)) as { key?: string }).key);
