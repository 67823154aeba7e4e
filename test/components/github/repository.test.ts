import { describe, expect, test } from "@jest/globals";
import { ProtectedRepository } from "../../../components/github/ProtectedRepository.ts";
import type { ProtectedRepositoryArgs } from "../../../components/github/ProtectedRepositoryArgs.ts";
import { runWithMocks } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const args: ProtectedRepositoryArgs = {
  repository: "app",
  visibility: "private",
  requiredApprovals: 2,
  requiredChecks: ["ci", "security"],
  mergeMethods: ["squash"],
  infrastructureAppId: 41,
  releaseTeamIds: [42],
  teams: { developers: "push" },
  codeOwners: [{ pattern: "*", owners: ["@example/developers"] }],
  files: { ".github/dependabot.yml": "version: 2\n", "SECURITY.md": "Write to us.\n" },
  advancedSecurity: false,
  metadataRules: false,
  archiveOnDestroy: true,
};

async function declare(change: Partial<ProtectedRepositoryArgs> = {}, protect = true) {
  const { resources } = await runWithMocks(() => {
    new ProtectedRepository("app", { ...args, ...change }, { protect });
  });
  const find = (name: string) => resources.find((resource) => resource.name === name);
  return { resources, find, of: (name: string) => find(name)?.inputs };
}

const refs = (...includes: string[]) => ({ refName: { includes, excludes: [] } });

describe("rules", () => {
  test("main takes reviewed and checked pull requests only, and lets no one but the infrastructure app pass", async () => {
    const { of } = await declare();
    expect(of("app-rules-main")).toEqual({
      repository: "app",
      name: "main",
      target: "branch",
      enforcement: "active",
      conditions: refs("refs/heads/main"),
      bypassActors: [{ actorId: 41, actorType: "Integration", bypassMode: "always" }],
      rules: {
        deletion: true,
        nonFastForward: true,
        requiredLinearHistory: true,
        pullRequest: {
          requiredApprovingReviewCount: 2,
          dismissStaleReviewsOnPush: true,
          requireCodeOwnerReview: true,
          requireLastPushApproval: true,
          requiredReviewThreadResolution: true,
          allowedMergeMethods: ["squash"],
        },
        requiredStatusChecks: {
          requiredChecks: [{ context: "ci" }, { context: "security" }],
          strictRequiredStatusChecksPolicy: true,
          doNotEnforceOnCreate: true,
        },
      },
    });
  });

  test("develop has the same rules, and no one passes them", async () => {
    const { of } = await declare();
    const main = of("app-rules-main") as { rules: object };
    expect(of("app-rules-develop")).toMatchObject({
      conditions: refs("refs/heads/develop"),
      rules: main.rules,
    });
    expect(of("app-rules-develop")).not.toHaveProperty("bypassActors");
  });

  test("hotfix branches of any depth can be pushed to, but not rewritten", async () => {
    const { of } = await declare();
    expect(of("app-rules-hotfix")).toMatchObject({
      conditions: refs("refs/heads/hotfix/*", "refs/heads/hotfix/**/*"),
      rules: { nonFastForward: true },
    });
  });

  test("release tags are made by the app and release teams, and moved or deleted by nobody", async () => {
    const { of } = await declare();
    expect(of("app-rules-release-tags")).toMatchObject({
      target: "tag",
      conditions: refs("refs/tags/v*"),
      rules: { creation: true },
      bypassActors: [
        { actorId: 41, actorType: "Integration" },
        { actorId: 42, actorType: "Team" },
      ],
    });
    expect(of("app-rules-released-tags-stay")).toMatchObject({
      target: "tag",
      rules: { update: true, deletion: true },
    });
    expect(of("app-rules-released-tags-stay")).not.toHaveProperty("bypassActors");
  });

  test("the history is linear unless merge commits are wanted", async () => {
    const { of } = await declare({ mergeMethods: ["merge", "squash"] });
    expect(of("app-rules-main")).toMatchObject({ rules: { requiredLinearHistory: false } });
    expect(of("app-repository")).toMatchObject({ allowMergeCommit: true, allowRebaseMerge: false });
  });

  test("GitHub itself checks titles and tags where the plan has such rules", async () => {
    const { of } = await declare({ metadataRules: true });
    const { pattern } = (of("app-rules-main") as { rules: { commitMessagePattern: { pattern: string } } })
      .rules.commitMessagePattern;
    expect("feat: new feature").toMatch(new RegExp(pattern));
    expect("fix(api)!: answer again").toMatch(new RegExp(pattern));
    expect("new feature").not.toMatch(new RegExp(pattern));
    expect(of("app-rules-release-tags")).toMatchObject({ rules: { tagNamePattern: { operator: "regex" } } });
  });
});

test("files are committed one after the other, before the rules that would stop them", async () => {
  const { find } = await declare();
  expect(find("app-file-.github/CODEOWNERS")?.inputs).toMatchObject({
    branch: "main",
    content: "* @example/developers\n",
  });
  const files = ["app-file-.github/CODEOWNERS", "app-file-.github/dependabot.yml", "app-file-SECURITY.md"];
  for (const [i, file] of files.entries()) {
    const before = files[i - 1];
    if (before !== undefined)
      expect(find(file)?.dependsOn).toContain(`github:index/repositoryFile:RepositoryFile ${before}`);
    expect(find("app-rules-main")?.dependsOn).toContain(`github:index/repositoryFile:RepositoryFile ${file}`);
  }
});

test("scanning is declared where the repository can have it", async () => {
  const enabled = { status: "enabled" };
  const settings = async (change: Partial<ProtectedRepositoryArgs>) =>
    (await declare(change)).of("app-repository");
  expect(await settings({})).not.toHaveProperty("securityAndAnalysis");
  expect(await settings({ advancedSecurity: true })).toMatchObject({
    securityAndAnalysis: {
      advancedSecurity: enabled,
      secretScanning: enabled,
      secretScanningPushProtection: enabled,
    },
  });
  expect(await settings({ visibility: "public", advancedSecurity: true })).toMatchObject({
    securityAndAnalysis: { secretScanning: enabled, secretScanningPushProtection: enabled },
  });
});

test("dependencies are watched, workflows pin actions and get a token that reads", async () => {
  const { of } = await declare();
  expect(of("app-vulnerability-alerts")).toEqual({ repository: "app", enabled: true });
  expect(of("app-security-updates")).toEqual({ repository: "app", enabled: true });
  expect(of("app-actions")).toMatchObject({ shaPinningRequired: true });
  expect(of("app-workflow-token")).toEqual({
    repository: "app",
    defaultWorkflowPermissions: "read",
    canApprovePullRequestReviews: false,
  });
  expect(of("app-oidc-subject")).toEqual({ repository: "app", useDefault: true });
});

test("repository, branch, rules and security are protected, files and teams can leave", async () => {
  const { resources } = await declare();
  const open = resources.filter(({ protect }) => !protect).map(({ name }) => name);
  expect(open).toEqual([
    "app-default-branch",
    "app-file-.github/CODEOWNERS",
    "app-file-.github/dependabot.yml",
    "app-file-SECURITY.md",
    "app-team-developers",
  ]);
  expect((await declare({}, false)).resources.some(({ protect }) => protect)).toBe(false);
});

test("every mistake is told at once", async () => {
  const wrong = {
    ...args,
    repository: "my app",
    requiredApprovals: 0,
    requiredChecks: [],
    mergeMethods: [],
    infrastructureAppId: 0,
    codeOwners: [{ pattern: "a b", owners: ["developers"] }],
    files: { "/etc/passwd": "", ".github/CODEOWNERS": "" },
  };
  expect(await refusal(() => new ProtectedRepository("app", wrong))).toBe(
    [
      "ProtectedRepository app has 9 mistakes:",
      '  repository is "my app"; allowed: 1 to 100 letters, digits, ., - and _',
      "  requiredApprovals is 0; allowed: a whole number from 1 to 10",
      "  requiredChecks is empty; allowed: the names of one or more checks",
      "  mergeMethods is empty; allowed: one or more of squash, merge, rebase",
      "  infrastructureAppId is 0; allowed: the numeric id of a GitHub App",
      '  codeOwners.0.pattern is "a b"; allowed: a pattern of paths without spaces',
      '  codeOwners.0.owners is ["developers"]; allowed: one or more of @user, @organisation/team and addresses',
      "  files./etc/passwd is not inside the repository; allowed: a path such as .github/dependabot.yml",
      "  files..github/CODEOWNERS is there twice; allowed: either this file or codeOwners",
    ].join("\n"),
  );
});
