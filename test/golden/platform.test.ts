// Everything that the platform declares, as a file: the diff of that file is the review.
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { platform } from "../../stacks/platform.ts";
import { adoption, type Adoption } from "../../stacks/platform/adopt.ts";
import { changes } from "../support/changes.ts";
import { runWithMocks, type Run } from "../support/mocks.ts";
import { asRaw, loadPlatform, stackFile } from "../support/stack-config.ts";

const run = (config: Record<string, unknown>, stack = "platform", secretKeys: string[] = []): Promise<Run> =>
  runWithMocks(() => platform(loadPlatform(asRaw(config, { stack, secretKeys }))), stack);

describe("what a stack declares is what was reviewed (UPDATE_GOLDEN=1 writes it anew)", () => {
  test.each(["platform", "sandbox-platform"])("%s", async (stack) => {
    const file = join(projectRoot, "test", "golden", `${stack}.json`);
    const dump = `${JSON.stringify(await run(stackFile(stack), stack), null, 2)}\n`;
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, dump);
    expect(existsSync(file)).toBe(true);
    expect(JSON.parse(dump)).toEqual(JSON.parse(readFileSync(file, "utf8")));
  });
});

describe("the application's workflows are what was reviewed (UPDATE_GOLDEN=1 writes them anew)", () => {
  const folder = join(projectRoot, "test", "golden", "application");

  test("as files, which npm run check:workflows looks at", async () => {
    const files = workflowsOf(await unchanged());
    if (process.env.UPDATE_GOLDEN === "1") {
      rmSync(folder, { recursive: true, force: true });
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
    }
    const committed = globSync(".github/**/*.yml", { cwd: folder }).map(
      (path) => [path, readFileSync(join(folder, path), "utf8")] as const,
    );
    expect(files).toEqual(Object.fromEntries(committed));
  });
});

/** The workflows that a platform puts into the application's repository, by path. */
function workflowsOf({ resources }: Run): Record<string, string> {
  const files = resources
    .filter(({ type }) => type.endsWith(":RepositoryFile"))
    .map(({ inputs }) => [String((inputs as Group).file), String((inputs as Group).content)] as const);
  return Object.fromEntries(files.filter(([path]) => path.startsWith(".github/workflows/")));
}

type Group = Record<string, unknown>;
const base = stackFile("platform");
let first: Run | undefined;
/** The stack as it is committed, run once. */
const unchanged = async (): Promise<Run> => (first ??= await run(base));
const group = (key: string, change: Group): Group => ({ [key]: { ...(base[key] as Group), ...change } });

describe("one value changes what it should, and nothing else", () => {
  const main = [
    "~ RepositoryRuleset pulse-messages-rules-main",
    "~ RepositoryRuleset pulse-messages-rules-develop",
  ];
  const project = {
    name: "pulse-messages",
    variables: { development: { VITE_API_URL: "http://localhost:8080" } },
  };
  test.each<[string, Group, string[]]>([
    ["another number of approvals", group("github", { requiredApprovals: 2 }), main],
    [
      "another check",
      group("github", { repositories: [{ ...repository(), requiredChecks: ["ci", "security"] }] }),
      main,
    ],
    [
      "staging from main",
      group("github", { stagingTrigger: "main" }),
      [
        file("ci"),
        file("deploy"),
        "+ RepositoryEnvironmentDeploymentPolicy pulse-messages-staging-branch-main",
        "- ProjectDomain pulse-messages-domain-staging.example.com",
        "- RepositoryEnvironmentDeploymentPolicy pulse-messages-staging-branch-develop",
      ],
    ],
    [
      "production without reviewers",
      group("github", { productionTrigger: "auto", reviewers: {} }),
      [
        file("ci"),
        file("deploy"),
        "- RepositoryEnvironmentDeploymentPolicy pulse-messages-production-tag-v*",
        "~ Project pulse-messages-project",
        "~ RepositoryEnvironment pulse-messages-production-environment",
      ],
    ],
    [
      "a slower release",
      group("vercel", { rollingRelease: { firstPercent: 10, minutes: 60 } }),
      ["~ ProjectRollingRelease pulse-messages-rolling-release"],
    ],
    [
      "production on the free plan",
      { plan: { production: "free" }, ...group("vercel", { rollingRelease: undefined }) },
      ["- ProjectRollingRelease pulse-messages-rolling-release", "~ Project pulse-messages-project"],
    ],
    [
      "staging on the pro plan",
      { plan: { staging: "pro" } },
      [
        "+ UptimeMonitor pulse-messages-errors-staging-uptime",
        "~ Alert pulse-messages-errors-staging-notify",
      ],
    ],
    [
      "a variable",
      group("vercel", {
        projects: [{ ...project, variables: { ...project.variables, production: { A: "b" } } }],
      }),
      ["+ ProjectEnvironmentVariable pulse-messages-variable-A-production"],
    ],
    [
      "longer hot copies",
      group("aws", { copies: { database: { hotDays: 40 } } }),
      ["~ BucketLifecycleConfiguration pulse-messages-production-backups-lifecycle"],
    ],
    [
      "a later alert",
      group("sentry", { thresholds: { errorRatePercent: { critical: 10 } } }),
      [
        "~ MetricMonitor pulse-messages-errors-production-errorRate",
        "~ MetricMonitor pulse-messages-errors-staging-errorRate",
      ],
    ],
    [
      "a slower escalation",
      group("pagerduty", { escalateAfterMinutes: 30 }),
      ["~ EscalationPolicy pulse-messages-on-call-escalation"],
    ],
    [
      "a longer lock",
      group("aws", { lock: { mode: "COMPLIANCE", days: 60 } }),
      [
        "~ BucketObjectLockConfiguration pulse-messages-production-backups-lock",
        "~ BucketPolicy pulse-messages-production-backups-policy",
      ],
    ],
    [
      "an access log of the account's own",
      group("aws", { accessLogsBucket: "existing-logs" }),
      [
        "- Bucket pulse-messages-production-backups-logs",
        "- BucketLifecycleConfiguration pulse-messages-production-backups-logs-lifecycle",
        "- BucketOwnershipControls pulse-messages-production-backups-logs-ownership",
        "- BucketPolicy pulse-messages-production-backups-logs-policy",
        "- BucketPublicAccessBlock pulse-messages-production-backups-logs-public-access",
        "~ BucketLogging pulse-messages-production-backups-logging",
      ],
    ],
    [
      "another namespace of the cluster's jobs",
      group("aws", {
        clusters: {
          production: {
            issuer: "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
            namespace: "other",
          },
        },
      }),
      ["~ Role pulse-messages-production-backup", "~ Role pulse-messages-production-restore"],
    ],
    [
      "other reviewers of production",
      group("github", { reviewers: { users: [7], teams: [] } }),
      ["~ RepositoryEnvironment pulse-messages-production-environment"],
    ],
    [
      "other people who tag releases",
      group("github", { releaseTeamIds: [200002] }),
      ["~ RepositoryRuleset pulse-messages-rules-release-tags"],
    ],
    [
      "another right of a team",
      group("github", { teams: { developers: "triage", platform: "maintain" } }),
      ["~ TeamRepository pulse-messages-team-developers"],
    ],
    [
      "a source of scripts",
      group("vercel", { contentSources: { "script-src": ["'self'", "https://cdn.example.com"] } }),
      ["~ ProjectRoute pulse-messages-security-headers"],
    ],
    [
      "a stricter firewall",
      group("vercel", { firewall: { requestsPerMinute: 100, bots: "challenge" } }),
      ["~ FirewallConfig pulse-messages-firewall"],
    ],
    [
      "a later backup",
      group("sentry", { backup: { schedule: "0 3 * * *" } }),
      ["~ CronMonitor pulse-messages-errors-production-backup"],
    ],
    [
      "somebody else on call",
      group("pagerduty", { onCall: ["oncall-3@example.com"] }),
      ["~ Schedule pulse-messages-on-call-schedule"],
    ],
    [
      "another topic",
      group("slack", {
        channels: (base.slack as { channels: Group[] }).channels.map((channel) =>
          channel.name === "incidents" ? { ...channel, topic: "Other" } : channel,
        ),
      }),
      ["~ Conversation channels-incidents"],
    ],
  ])("%s", async (_what, change, expected) => {
    const before = await unchanged();
    const after = await run({ ...base, ...change });
    expect(changes(before.resources, after.resources).sort()).toEqual(expected.sort());
  });

  // Every other value of the workflows: test/workflows/rendering.test.ts.
  test("a value of the workflows changes the one file that has it", async () => {
    const github = base.github as Group;
    const workflows = { ...(github.workflows as Group), coveragePercent: 90 };
    const before = await unchanged();
    const after = await run({ ...base, ...group("github", { workflows }) });
    expect(changes(before.resources, after.resources)).toEqual([file("ci")]);
  });

  test("another project adds the same again, and touches nothing", async () => {
    const sizes: number[] = [];
    for (const count of [1, 2, 3]) {
      const more = Array.from({ length: count - 1 }, (_, i) => ({
        name: `site-${i}`,
        subdomain: `site-${i}`,
      }));
      const { resources } = await run({ ...base, ...group("vercel", { projects: [project, ...more] }) });
      sizes.push(resources.length);
    }
    const [one = 0, two = 0, three = 0] = sizes;
    expect(three - two).toBe(two - one);
  });
});

function file(name: string): string {
  return `~ RepositoryFile pulse-messages-file-.github/workflows/${name}.yml`;
}

function repository(): Group {
  return { name: "pulse-messages", description: "The Pulse Messages web application", deploys: true };
}

describe("secrets", () => {
  const planted = {
    github: { staging: { TOKEN: "planted-1" }, production: { TOKEN: "planted-2" } },
    vercel: { "pulse-messages": { staging: { TOKEN: "planted-3" }, production: { TOKEN: "planted-4" } } },
  };

  test("reach one resource each, and are nowhere plain", async () => {
    const { resources, outputs } = await run({ ...base, secrets: planted }, "platform", ["secrets"]);
    for (const value of ["planted-1", "planted-2", "planted-3", "planted-4"]) {
      expect(resources.filter((resource) => JSON.stringify(resource).includes(value))).toHaveLength(1);
    }
    expect(JSON.stringify(resources).replaceAll(/\{"secret":"planted-\d"\}/g, "")).not.toContain("planted");
    expect(JSON.stringify(outputs)).not.toContain("planted");
  });

  test("that vendors make, stay secret", async () => {
    const { resources } = await unchanged();
    const text = JSON.stringify(resources).replaceAll(/\{"secret":"[^"]*"\}/g, "");
    expect(text).not.toMatch(/key-of-|-key@example\.com/);
  });

  test("are no provider's, whatever the environment holds", async () => {
    const names = ["GITHUB_TOKEN", "VERCEL_API_TOKEN", "SENTRY_AUTH_TOKEN", "PAGERDUTY_TOKEN", "SLACK_TOKEN"];
    for (const name of names) process.env[name] = "planted-token";
    const { resources } = await run(base);
    for (const name of names) Reflect.deleteProperty(process.env, name);
    expect(JSON.stringify(resources)).not.toContain("planted-token");
  });
});

test("what holds data or cannot be made again the same is protected, and nothing in the sandbox", async () => {
  const { resources } = await unchanged();
  const guarded = new Set(
    resources.filter(({ protect }) => protect).map(({ type }) => type.split(":").at(-1)),
  );
  for (const kind of [
    "Repository",
    "RepositoryRuleset",
    "Bucket",
    "Key",
    "Project",
    "ProjectDomain",
    "Service",
  ]) {
    expect([kind, guarded.has(kind)]).toEqual([kind, true]);
  }
  const sandbox = await run(stackFile("sandbox-platform"), "sandbox-platform");
  expect(sandbox.resources.some(({ protect }) => protect)).toBe(false);
});

describe("what exists already", () => {
  test("is adopted by the vendor's id, and nothing else changes", async () => {
    const before = await unchanged();
    const after = await run({ ...base, import: { "pulse-messages-repository": "old-name" } });
    const repository = after.resources.find(({ name }) => name === "pulse-messages-repository");
    expect(repository?.importId).toBe("old-name");
    expect(changes(before.resources, after.resources)).toEqual(["~ Repository pulse-messages-repository"]);
  });

  /** What the program does for each resource that it declares: the id it is adopted by, and what it waits for. */
  const declare = ({ transformation }: Adoption, name: string, type: string) => {
    const resource = Object.create(pulumi.Resource.prototype) as pulumi.Resource;
    const result = transformation({ name, type, props: {}, opts: {}, resource });
    const { dependsOn, import: id } = (result?.opts ?? {}) as pulumi.CustomResourceOptions;
    return { id, ready: dependsOn as Promise<unknown> };
  };

  test("has to be a resource of the stack whose id is no secret; all mistakes are told at once", async () => {
    const repository = "pulse-messages-repository";
    const adopted = adoption({
      "pulse-messages-repositry": "x",
      [repository]: "y",
      web: "z",
      "releases-key": "P1.P2",
    });
    const own = declare(adopted, repository, "github:index/repository:Repository");
    // A component's name alone adopts nothing.
    const component = declare(adopted, "web", "pulse:vercel:WebProject");
    expect([own.id, component.id]).toEqual(["y", undefined]);
    const key = declare(adopted, "releases-key", "pagerduty:index/serviceIntegration:ServiceIntegration");
    expect(() => adopted.finish()).toThrow(
      "The stack's config has 3 mistakes:\n" +
        "  import.releases-key would put its key into the stack's state in plain text; allowed: nothing; " +
        "a new one is made beside it, and the old one is deleted by hand (docs/platform.md)\n" +
        "  import.pulse-messages-repositry is no resource; allowed: names as `pulumi preview` shows them; " +
        "did you mean pulse-messages-repository?\n" +
        "  import.web is no resource; allowed: names as `pulumi preview` shows them",
    );
    // Nothing is registered with a wrong config.
    for (const { ready } of [own, component, key]) await expect(ready).rejects.toThrow("3 mistakes");
  });

  test("holds everything back until the config is known to be right", async () => {
    const adopted = adoption({ app: "y" });
    const { ready } = declare(adopted, "app", "github:index/repository:Repository");
    const first = Promise.race([ready, Promise.resolve("nothing yet")]);
    await expect(first).resolves.toBe("nothing yet");
    adopted.finish();
    await expect(ready).resolves.toEqual([]);
  });
});
