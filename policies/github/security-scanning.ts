import type * as github from "@pulumi/github";
import { show, stackRule, want } from "../rule.ts";
import { inRepository, repositoriesOf, repositoryType } from "./rulesets.ts";

export const securityScanning = stackRule({
  name: "github-security-scanning",
  title: "GitHub looks for vulnerable dependencies, and proposes what mends them",
  level: "mandatory",
  severity: "high",
  rows: ["SRC-15", "SEC-02", "SEC-34"],
  why: "A vulnerable dependency that nobody is told of stays.",
  fix: "Declare RepositoryVulnerabilityAlerts and RepositoryDependabotSecurityUpdates with enabled true, and keep .github/dependabot.yml with intervals of at most a week.",
  link: "https://docs.github.com/en/code-security/dependabot/dependabot-security-updates/about-dependabot-security-updates",
  settings: {
    files: {
      type: "boolean",
      default: true,
      description: "Whether .github/dependabot.yml has to be kept by the stack.",
    },
  },
  onlyWith: repositoryType,
  *check(stack, { files }) {
    for (const repository of repositoriesOf(stack)) {
      for (const [what, type] of [
        [
          "RepositoryVulnerabilityAlerts",
          "github:index/repositoryVulnerabilityAlerts:RepositoryVulnerabilityAlerts",
        ],
        [
          "RepositoryDependabotSecurityUpdates",
          "github:index/repositoryDependabotSecurityUpdates:RepositoryDependabotSecurityUpdates",
        ],
      ] as const) {
        const found = inRepository<{ enabled: boolean }>(stack, type, repository);
        yield [
          repository,
          () =>
            want(
              found.some(({ props }) => props.enabled === true),
              `has no ${what}`,
            ),
        ];
      }
      if (files !== true) continue;
      const kept = inRepository<github.RepositoryFileArgs>(
        stack,
        "github:index/repositoryFile:RepositoryFile",
        repository,
      );
      yield [
        repository,
        () => {
          const file = kept.find(({ props }) => props.file === ".github/dependabot.yml");
          if (file === undefined) return "has no .github/dependabot.yml";
          const intervals = [...(file.props.content ?? "").matchAll(/interval:\s*"?(\w+)/g)].map(
            ([, word]) => word,
          );
          const slow = intervals.find((word) => word !== "daily" && word !== "weekly");
          return want(
            intervals.length > 0 && slow === undefined,
            `looks for newer dependencies at the interval ${show(slow)}, not daily or weekly`,
          );
        },
      ];
    }
  },
});
