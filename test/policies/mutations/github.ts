// One way to break a rule a line, by the rule's name. The world is in ../fixtures.
import { gone, type Mutation } from "../world.ts";

const main = "RepositoryRuleset pulse-messages-rules-main";
const production = "RepositoryEnvironment pulse-messages-production-environment";
const staging = "RepositoryEnvironment pulse-messages-staging-environment";
const repository = "Repository pulse-messages-repository";

export const github: Record<string, Mutation[]> = {
  "github-main-protected": [
    ["none", [main]],
    ["only looks", [main, "enforcement", "evaluate"]],
    ["of another branch", [main, "conditions/refName/includes", ["refs/heads/other"]]],
    ["main left out", [main, "conditions/refName/excludes", ["refs/heads/main"]]],
    ["force", [main, "rules/nonFastForward", gone]],
    ["deletion", [main, "rules/deletion", gone]],
    ["no pull request", [main, "rules/pullRequest", gone]],
    ["no approval", [main, "rules/pullRequest/requiredApprovingReviewCount", 0]],
    ["old approvals", [main, "rules/pullRequest/dismissStaleReviewsOnPush", false]],
    ["no checks", [main, "rules/requiredStatusChecks", gone]],
    ["an empty list of checks", [main, "rules/requiredStatusChecks/requiredChecks", []]],
    ["checks of an older main", [main, "rules/requiredStatusChecks/strictRequiredStatusChecksPolicy", false]],
  ],
  "github-bypass": [
    [
      "a second one",
      [main, "bypassActors/1", { actorId: 100002, actorType: "Integration", bypassMode: "always" }],
    ],
    [
      "administrators",
      [main, "bypassActors/0", { actorId: 5, actorType: "RepositoryRole", bypassMode: "always" }],
    ],
    ["another app", [main, "bypassActors/0/actorId", 100002]],
    [
      "of another branch's rules",
      [
        "RepositoryRuleset pulse-messages-rules-develop",
        "bypassActors",
        [{ actorId: 100001, actorType: "Integration", bypassMode: "always" }],
      ],
    ],
  ],
  "github-branches": [
    ["another default", ["BranchDefault pulse-messages-default-branch", "branch", "trunk"]],
    ["no default", ["BranchDefault pulse-messages-default-branch"]],
    ["no develop", ["Branch pulse-messages-develop"]],
    ["develop deleted", ["RepositoryRuleset pulse-messages-rules-develop", "rules/deletion", false]],
    ["develop rewritten", ["RepositoryRuleset pulse-messages-rules-develop", "rules/nonFastForward", false]],
  ],
  "github-release-tags": [
    ["made by all", ["RepositoryRuleset pulse-messages-rules-release-tags"]],
    ["moved", ["RepositoryRuleset pulse-messages-rules-released-tags-stay", "rules/update", false]],
    ["deleted", ["RepositoryRuleset pulse-messages-rules-released-tags-stay", "rules/deletion", false]],
    [
      "moved by some",
      [
        "RepositoryRuleset pulse-messages-rules-released-tags-stay",
        "bypassActors",
        [{ actorId: 1, actorType: "Team", bypassMode: "always" }],
      ],
    ],
  ],
  "github-repository-settings": [
    ["no issues", [repository, "hasIssues", false]],
    ["another title", [repository, "squashMergeCommitTitle", "COMMIT_OR_PR_TITLE"]],
  ],
  "github-security-scanning": [
    ["no alerts", ["RepositoryVulnerabilityAlerts pulse-messages-vulnerability-alerts"]],
    ["alerts off", ["RepositoryVulnerabilityAlerts pulse-messages-vulnerability-alerts", "enabled", false]],
    ["no updates", ["RepositoryDependabotSecurityUpdates pulse-messages-security-updates"]],
    [
      "updates off",
      ["RepositoryDependabotSecurityUpdates pulse-messages-security-updates", "enabled", false],
    ],
    ["no file", ["RepositoryFile pulse-messages-file-.github/dependabot.yml"]],
    [
      "a month",
      [
        "RepositoryFile pulse-messages-file-.github/dependabot.yml",
        "content",
        "schedule:\n  interval: monthly\n",
      ],
    ],
  ],
  "github-production-reviewers": [
    ["none", [production, "reviewers", gone]],
    ["an empty list", [production, "reviewers", [{ teams: [], users: [] }]]],
    ["oneself", [production, "preventSelfReview", false]],
    ["administrators pass", [production, "canAdminsBypass", true]],
  ],
  "github-staging-open": [
    ["reviewers", [staging, "reviewers", [{ teams: [1] }]]],
    ["a wait", [staging, "waitTimer", 5]],
  ],
  "github-deploy-refs": [
    [
      "a tag for jobs of production",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-tag-v*", "environment", "operations"],
    ],
    ["no list", [production, "deploymentBranchPolicy", gone]],
    [
      "an empty list",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-branch-main"],
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-tag-v*"],
    ],
    [
      "another branch to production",
      [
        "RepositoryEnvironmentDeploymentPolicy pulse-messages-production-branch-main",
        "branchPattern",
        "develop",
      ],
    ],
    [
      "any tag to production",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-production-tag-v*", "tagPattern", "*"],
    ],
    [
      "everything to staging",
      ["RepositoryEnvironmentDeploymentPolicy pulse-messages-staging-branch-develop", "branchPattern", "**"],
    ],
  ],
  "github-environments": [
    ["no staging", [staging]],
    ["no production", [production]],
  ],
  "github-secret-variable": [
    [
      "by its name",
      [
        "ActionsEnvironmentVariable pulse-messages-production-variable-WEB_URL",
        "variableName",
        "DEPLOY_TOKEN",
      ],
    ],
    [
      "by its shape",
      [
        "ActionsEnvironmentVariable pulse-messages-production-variable-WEB_URL",
        "value",
        "AKIAIOSFODNN7EXAMPLE",
      ],
    ],
    [
      "of the whole repository",
      {
        type: "github:index/actionsSecret:ActionsSecret",
        name: "extra",
        props: { repository: "pulse-messages", secretName: "A", plaintextValue: "b" },
      },
    ],
  ],
  "github-secrets-per-environment": [
    [
      "shared with jobs of production",
      ["ActionsEnvironmentSecret pulse-messages-staging-secret-PAGERDUTY_KEY", "value", "same"],
      ["ActionsEnvironmentSecret pulse-messages-production-secret-PAGERDUTY_KEY", "value", "same"],
      [
        "ActionsEnvironmentSecret pulse-messages-production-secret-PAGERDUTY_KEY",
        "environment",
        "operations",
      ],
    ],
    [
      "shared",
      ["ActionsEnvironmentSecret pulse-messages-staging-secret-PAGERDUTY_KEY", "value", "same"],
      ["ActionsEnvironmentSecret pulse-messages-production-secret-PAGERDUTY_KEY", "value", "same"],
    ],
  ],
  "github-workflow-token": [
    [
      "writes",
      ["WorkflowRepositoryPermissions pulse-messages-workflow-token", "defaultWorkflowPermissions", "write"],
    ],
    ["not said", ["WorkflowRepositoryPermissions pulse-messages-workflow-token"]],
    [
      "approves",
      ["WorkflowRepositoryPermissions pulse-messages-workflow-token", "canApprovePullRequestReviews", true],
    ],
    ["tags of actions", ["ActionsRepositoryPermissions pulse-messages-actions", "shaPinningRequired", false]],
  ],
};
