import { describe, expect, test } from "@jest/globals";
import { WebProject } from "../../../components/vercel/WebProject.ts";
import type { WebProjectArgs } from "../../../components/vercel/WebProjectArgs.ts";
import { releaseStages } from "../../../infra/domain/rollingRelease.ts";
import { securityHeaders } from "../../../infra/domain/securityHeaders.ts";
import { runWithMocks } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const args: WebProjectArgs = {
  project: "app",
  repository: "example/app",
  productionBranch: "main",
  framework: "vite",
  nodeVersion: "24.x",
  domains: [
    { host: "www.example.com", redirectTo: "example.com" },
    { host: "example.com" },
    { host: "staging.example.com", branch: "develop" },
  ],
  variables: [
    { name: "VITE_API_URL", value: "https://api.example.com", targets: ["production"], secret: false },
    { name: "TOKEN", value: "hunter2", targets: ["production"], secret: true },
  ],
  releaseAutomatically: false,
  release: releaseStages(5, 30),
  skewProtection: "12 hours",
  headers: securityHeaders(),
  requestsPerMinute: 100,
  bots: "log",
  members: [{ email: "oncall-1@example.com", role: "developer" }],
};

async function declare(change: Partial<WebProjectArgs> = {}) {
  const { resources } = await runWithMocks(() => {
    new WebProject("app", { ...args, ...change }, { protect: true });
  });
  const find = (name: string) => resources.find((resource) => resource.name === name);
  return { resources, find, of: (name: string) => find(name)?.inputs };
}

test("the project is built from GitHub, previews ask for a login, forks for leave, and production waits", async () => {
  const { of } = await declare();
  expect(of("app-project")).toMatchObject({
    name: "app",
    gitRepository: { type: "github", repo: "example/app", productionBranch: "main" },
    vercelAuthentication: { deploymentType: "standard_protection_new" },
    gitForkProtection: true,
    autoAssignCustomDomains: false,
    skewProtection: "12 hours",
  });
});

test("a domain is production's, a branch's or a redirect to one that is there first", async () => {
  const { find, of } = await declare();
  expect(of("app-domain-example.com")).toEqual({ domain: "example.com", projectId: "app-project-id" });
  expect(of("app-domain-staging.example.com")).toMatchObject({ gitBranch: "develop" });
  expect(of("app-domain-www.example.com")).toMatchObject({
    redirect: "example.com",
    redirectStatusCode: 308,
  });
  expect(find("app-domain-www.example.com")?.dependsOn).toContain(
    "vercel:index/projectDomain:ProjectDomain app-domain-example.com",
  );
});

describe("a release", () => {
  test("goes to a few visitors first and on by itself after some minutes", async () => {
    const { of } = await declare();
    expect(of("app-rolling-release")).toEqual({
      projectId: "app-project-id",
      advancementType: "automatic",
      stages: [{ targetPercentage: 5, duration: 30 }, { targetPercentage: 100 }],
    });
  });

  test("waits for a person where there are no minutes", async () => {
    const { of } = await declare({ release: releaseStages(10) });
    expect(of("app-rolling-release")).toMatchObject({
      advancementType: "manual-approval",
      stages: [{ targetPercentage: 10 }, { targetPercentage: 100 }],
    });
  });

  test("is at once where nothing is said", async () => {
    const { of } = await declare({ release: undefined });
    expect(of("app-rolling-release")).toBeUndefined();
  });
});

test("every answer has the security headers", async () => {
  const { of } = await declare();
  const { route } = of("app-security-headers") as {
    route: { src: string; transforms: { type: string; op: string; target: string; args: string }[] };
  };
  expect(route.src).toBe("/(.*)");
  const headers = route.transforms.map(({ type, op, target, args }) => {
    expect([type, op]).toEqual(["response.headers", "set"]);
    return [(JSON.parse(target) as { key: string }).key, JSON.parse(args) as string];
  });
  expect(Object.fromEntries(headers)).toEqual(securityHeaders());
});

test("an address that sends too much is refused for a minute", async () => {
  const { of } = await declare();
  expect(of("app-firewall")).toMatchObject({
    enabled: true,
    managedRulesets: { botProtection: { active: true, action: "log" } },
    rules: {
      rules: [{ action: { action: "rate_limit", rateLimit: { limit: 100, window: 60, action: "deny" } } }],
    },
  });
});

test("a secret variable cannot be read back, and is nowhere plain", async () => {
  const { of, resources } = await declare();
  expect(of("app-variable-TOKEN-production")).toMatchObject({
    sensitive: true,
    value: { secret: "hunter2" },
  });
  expect(of("app-variable-VITE_API_URL-production")).toMatchObject({ sensitive: false });
  expect(JSON.stringify(resources).replaceAll('{"secret":"hunter2"}', "")).not.toContain("hunter2");
});

test("only members deploy, in the host's own words", async () => {
  const { of } = await declare();
  expect(of("app-members")).toMatchObject({
    members: [{ email: "oncall-1@example.com", role: "PROJECT_DEVELOPER" }],
  });
  expect((await declare({ members: undefined })).of("app-members")).toBeUndefined();
});

test("project, domains and what guards them are protected; what can be made again is not", async () => {
  const { resources } = await declare();
  const guarded = resources.filter(({ protect }) => protect).map(({ type }) => type.split(":").at(-1));
  expect([...new Set(guarded)].sort()).toEqual([
    "FirewallConfig",
    "Project",
    "ProjectDomain",
    "ProjectRoute",
    "WebProject",
  ]);
});

test("every mistake is told at once, without any secret", async () => {
  const wrong: WebProjectArgs = {
    ...args,
    project: "My App",
    domains: [{ host: "Example" }, { host: "a.example.com", branch: "main", redirectTo: "example.com" }],
    variables: [
      { name: "A-B", value: "hunter2", targets: [], secret: false },
      { name: "A", value: "hunter2", targets: ["development", "preview"], secret: true },
      { name: "A", value: "hunter2", targets: ["preview"], secret: true },
    ],
    release: [{ percent: 50, minutes: 1 }],
    requestsPerMinute: 0,
  };
  expect(await refusal(() => new WebProject("app", wrong))).toBe(
    [
      "WebProject app has 10 mistakes:",
      '  project is "My App"; allowed: 1 to 100 of a-z, 0-9, ., - and _, without ---',
      '  domains.0.host is "Example"; allowed: a host name',
      "  domains.1.redirectTo is there besides branch; allowed: one of the two",
      "  domains.1.branch is production's, main; allowed: a branch of previews",
      '  variables.0.name is "A-B"; allowed: letters, digits and _',
      "  variables.0.targets is empty; allowed: one or more deployments",
      "  variables.1.secret is true for development; allowed: false there, since people read it back",
      "  variables.2.name is A, which preview already has; allowed: one value by deployment",
      "  release cannot be used: the last stage has to be 100 percent; allowed: stages such as 5, 100",
      "  requestsPerMinute is 0; allowed: a whole number from 1",
    ].join("\n"),
  );
});
