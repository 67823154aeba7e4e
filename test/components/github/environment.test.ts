import { expect, test } from "@jest/globals";
import {
  DeploymentEnvironment,
  type DeploymentEnvironmentArgs,
} from "../../../components/github/DeploymentEnvironment.ts";
import { productionRefs, stagingRefs } from "../../../infra/domain/repository.ts";
import { runWithMocks } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const args: DeploymentEnvironmentArgs = {
  repository: "app",
  environment: "production",
  reviewers: { users: [7], teams: [8] },
  waitMinutes: 10,
  refs: productionRefs("approval"),
  variables: { API_URL: "https://api.example.com" },
  secrets: { TOKEN: "hunter2" },
};

async function declare(change: Partial<DeploymentEnvironmentArgs> = {}) {
  const { resources } = await runWithMocks(() => {
    new DeploymentEnvironment("app-production", { ...args, ...change }, { protect: true });
  });
  return { resources, of: (name: string) => resources.find((one) => one.name === name)?.inputs };
}

test("production waits for a reviewer who is not the author, then for the timer, and administrators wait too", async () => {
  const { of } = await declare();
  expect(of("app-production-environment")).toEqual({
    repository: "app",
    environment: "production",
    canAdminsBypass: false,
    preventSelfReview: true,
    waitTimer: 10,
    reviewers: [{ users: [7], teams: [8] }],
    deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
  });
});

test("an environment without reviewers starts at once", async () => {
  const { of } = await declare({ reviewers: { users: [], teams: [] }, waitMinutes: undefined });
  const inputs = of("app-production-environment");
  expect(inputs).toMatchObject({ preventSelfReview: false, waitTimer: 0 });
  expect(inputs).not.toHaveProperty("reviewers");
});

test.each([
  [productionRefs("approval"), ["branch main", "tag v*"]],
  [productionRefs("auto"), ["branch main"]],
  [stagingRefs("develop"), ["branch develop", "branch hotfix/*", "branch hotfix/**/*"]],
  [stagingRefs("main"), ["branch main", "branch hotfix/*", "branch hotfix/**/*"]],
  [stagingRefs("pull_request"), ["branch refs/pull/*/merge", "branch hotfix/*", "branch hotfix/**/*"]],
])("%j may deploy, and nothing else", async (refs, expected) => {
  const { resources } = await declare({ refs });
  const policies = resources
    .filter(({ type }) => type.endsWith("DeploymentPolicy"))
    .map(({ inputs }) => inputs as { branchPattern?: string; tagPattern?: string })
    .map(({ branchPattern, tagPattern }) =>
      branchPattern === undefined ? `tag ${tagPattern ?? ""}` : `branch ${branchPattern}`,
    );
  expect(policies.sort()).toEqual([...expected].sort());
});

test("a secret's value is nowhere plain", async () => {
  const { of, resources } = await declare();
  expect(of("app-production-secret-TOKEN")).toEqual({
    repository: "app",
    environment: "production",
    secretName: "TOKEN",
    value: { secret: "hunter2" },
  });
  expect(JSON.stringify(resources).replaceAll('{"secret":"hunter2"}', "")).not.toContain("hunter2");
});

test("every mistake is told at once, without any secret", async () => {
  const wrong = {
    ...args,
    reviewers: { users: [1, 2, 3, 4], teams: [5, 6, 7] },
    waitMinutes: 50_000,
    refs: { branches: [], tags: [] },
    variables: { "API-URL": "x" },
    secrets: { GITHUB_TOKEN: "hunter2" },
  };
  const message = await refusal(() => new DeploymentEnvironment("app-production", wrong));
  expect(message).toBe(
    [
      "DeploymentEnvironment app-production has 5 mistakes:",
      "  reviewers has 7 users and teams; allowed: at most 6",
      "  waitMinutes is 50000; allowed: a whole number from 0 to 43200 minutes",
      "  refs is empty; allowed: one or more branches or tags",
      "  variables.API-URL is not a name for GitHub Actions; allowed: letters, digits and _, not starting with a digit or GITHUB_",
      "  secrets.GITHUB_TOKEN is not a name for GitHub Actions; allowed: letters, digits and _, not starting with a digit or GITHUB_",
    ].join("\n"),
  );
});
