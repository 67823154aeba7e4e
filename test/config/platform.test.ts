import { describe, expect, test } from "@jest/globals";
import { ConfigError } from "../../infra/config/load.ts";
import { asRaw, loadPlatform, stackFile } from "../support/stack-config.ts";

type Group = Record<string, unknown>;

const valid = {
  kind: "platform",
  domain: "example.com",
  github: {
    owner: "example",
    repositories: [{ name: "app" }],
    infrastructureAppId: 1,
    reviewers: { users: [7] },
  },
  vercel: { projects: [{ name: "app" }] },
  aws: { region: "eu-central-1", bucketPrefix: "example-backups" },
  sentry: { organization: "example" },
  pagerduty: { onCall: ["oncall-1@example.com"] },
  slack: {},
} satisfies Group;

const secrets = (values: Group) => ({ secrets: values });
const github = (change: Group) => ({ github: { ...valid.github, ...change } });
const workflows = (change: Group) => github({ workflows: change });
const vercel = (change: Group) => ({ vercel: { ...valid.vercel, ...change } });
const aws = (change: Group) => ({ aws: { ...valid.aws, ...change } });
const sentry = (change: Group) => ({ sentry: { ...valid.sentry, ...change } });

/** The lines of the error, without the first. */
function mistakes(change: Group, secretKeys = "secrets" in change ? ["secrets"] : []): string[] {
  try {
    loadPlatform(asRaw({ ...valid, ...change }, { secretKeys }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...lines] = error.message.split("\n");
    expect(first).toMatch(/^Pulumi\.test\.yaml has \d+ mistakes?:$/);
    return lines.map((line) => line.trim());
  }
  return [];
}

test.each(["platform", "sandbox-platform"])("the committed %s stack has no mistakes", (stack) => {
  expect(loadPlatform(asRaw(stackFile(stack), { stack })).kind).toBe("platform");
});

test("few keys are enough; the rest has the defaults that Pulumi.platform.yaml spells out", () => {
  const { config: short } = loadPlatform(asRaw(valid));
  const { config: full } = loadPlatform(asRaw(stackFile("platform")));
  expect(short.aws).toEqual({
    ...full.aws,
    accountId: undefined,
    bucketPrefix: "example-backups",
    clusters: {},
  });
  expect(short.plan).toEqual(full.plan);
  expect(short.protect).toBe(true);
  expect(short.sentry).toEqual({ ...full.sentry, slackWorkspace: undefined, pagerdutyAccount: undefined });
  expect(short.slack).toEqual(full.slack);
  expect(short.vercel.firewall).toEqual(full.vercel.firewall);
  expect(short.github).toMatchObject({ stagingTrigger: "develop", productionTrigger: "approval" });
});

describe("single mistakes", () => {
  test.each<[Group, string]>([
    [workflows({ packageManager: "yarn" }), 'github.workflows.packageManager is "yarn"; allowed: npm, pnpm'],
    [
      workflows({ nodeVersion: 18 }),
      "github.workflows.nodeVersion is 18; allowed: a whole number from 24 to 99",
    ],
    [
      workflows({ secretScanners: [] }),
      "github.workflows.secretScanners is []; allowed: a list of one or more gitleaks, trufflehog",
    ],
    [
      workflows({ webVitals: { fcp: { target: 1900 } } }),
      "github.workflows.webVitals.fcp.target is 1900, above its limit; allowed: at most 1800",
    ],
    [
      workflows({ driver: { repository: "example/pulse-infra", commit: "main" } }),
      'github.workflows.driver.commit is "main"; allowed: the 40 hexadecimal digits of a commit',
    ],
    [
      workflows({ schedules: { security: "daily" } }),
      'github.workflows.schedules.security is "daily"; allowed: five fields of cron, UTC, such as 0 3 * * *',
    ],
    [{ domian: "x.org" }, 'domian is not a known key (its value is "x.org"); did you mean domain?'],
    [{ domain: "localhost" }, 'domain is "localhost"; allowed: a host name such as example.com'],
    [{ plan: { staging: "cheap" } }, 'plan.staging is "cheap"; allowed: free, pro'],
    [
      github({ repositories: [{ name: "app", visibilty: "public" }] }),
      'github.repositories.0.visibilty is not a known key (its value is "public"); did you mean visibility?',
    ],
    [
      github({ repositories: [{ name: "app" }, { name: "my app" }] }),
      'github.repositories.1.name is "my app"; allowed: 1 to 100 letters, digits, ., - and _',
    ],
    [github({ repositories: [] }), "github.repositories is []; allowed: a list of one or more repositories"],
    [
      github({ repositories: [{ name: "app", requiredChecks: [] }] }),
      "github.repositories.0.requiredChecks is []; allowed: a list of one or more names of checks",
    ],
    [
      github({ repositories: [{ name: "app" }, { name: "app" }] }),
      'github.repositories.1.name is "app", as in github.repositories.0; allowed: one that no other has',
    ],
    [github({ requiredApprovals: 0 }), "github.requiredApprovals is 0; allowed: a whole number from 1 to 10"],
    [
      github({ teams: { developers: "write" } }),
      'github.teams.developers is "write"; allowed: pull, triage, push, maintain, admin',
    ],
    [
      github({ codeOwners: [{ pattern: "*", owners: ["developers"] }] }),
      'github.codeOwners.0.owners.0 is "developers"; allowed: @user, @organisation/team or an address',
    ],
    [
      github({ stagingTrigger: "tag" }),
      'github.stagingTrigger is "tag"; allowed: develop, main, pull_request',
    ],
    [
      github({ reviewers: {} }),
      'github.reviewers is empty, but github.productionTrigger is "approval"; allowed: numeric ids of users or teams who approve releases; or productionTrigger: auto',
    ],
    [
      github({ productionTrigger: "auto" }),
      'github.reviewers is set, but github.productionTrigger is "auto"; allowed: none, since nobody is asked; or productionTrigger: approval',
    ],
    [
      github({ reviewers: { users: [1, 2, 3, 4], teams: [5, 6, 7] } }),
      "github.reviewers has 7 users and teams; allowed: at most 6",
    ],
    [
      vercel({ projects: [{ name: "app", repository: "ap" }] }),
      'vercel.projects.0.repository is "ap"; allowed: one of github.repositories, which are app',
    ],
    [
      vercel({ projects: [{ name: "a" }, { name: "b" }] }),
      'vercel.projects.1.subdomain is "the domain itself", as in vercel.projects.0; allowed: one that no other has',
    ],
    [
      vercel({ projects: [{ name: "a", subdomain: "api" }] }),
      'vercel.projects.0.subdomain is "api", and api.example.com has a use already; allowed: anything that does not make example.com, api.example.com, staging.example.com, api.staging.example.com, www.example.com',
    ],
    [
      { plan: { production: "free" }, ...vercel({ rollingRelease: {} }) },
      'vercel.rollingRelease is set, but plan.production is "free", which does not include it; allowed: nothing, or plan.production: pro',
    ],
    [
      aws({ bucketPrefix: "Example" }),
      'aws.bucketPrefix is "Example"; allowed: 3 to 40 of a-z, 0-9 and -, not - at either end',
    ],
    [
      aws({ lock: { days: 300 }, copies: { releases: { keepDays: 200 } } }),
      "aws.lock.days is 300: S3 could not delete expired copies; allowed: at most copies.releases.keepDays, which is 200",
    ],
    [
      aws({ clusters: { sandbox: { issuer: "https://oidc.example.com" } } }),
      'aws.clusters.sandbox is not a known key (its value is {"issuer":"https://oidc.example.com"}); the known keys here are staging, production',
    ],
    [
      sentry({ thresholds: { errorRatePercent: { warning: 6 } } }),
      "sentry.thresholds.errorRatePercent.warning is 6; allowed: less than errorRatePercent.critical, which is 5",
    ],
  ])("%j", (change, line) => {
    expect(mistakes(change)).toEqual([line]);
  });
});

test("a wrong value hides no mistake of another key, and starts no rule about itself", () => {
  expect(
    mistakes({
      ...aws({ lock: { days: 0 }, copies: { database: { hotDays: "x" } } }),
      ...github({ requiredApprovals: 20, reviewers: { users: ["someone"] } }),
    }),
  ).toEqual([
    "github.requiredApprovals is 20; allowed: a whole number from 1 to 10",
    `github.reviewers.users.0 is "someone"; allowed: a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`,
    'aws.copies.database.hotDays is "x"; allowed: a whole number from 0 to 36500 days',
    "aws.lock.days is 0; allowed: a whole number from 1 to 36500 days",
  ]);
});

test("an unknown kind is judged by what the rest looks like", () => {
  expect(mistakes({ kind: "platfrom" })).toEqual(['kind is "platfrom"; allowed: environment, platform']);
});

describe("secrets", () => {
  test("each environment has its own", () => {
    const shared = secrets({ github: { staging: { TOKEN: "hunter2" }, production: { TOKEN: "hunter2" } } });
    expect(mistakes(shared)).toEqual([
      "secrets.github.staging.TOKEN is the same as production's; allowed: a value of staging's own",
    ]);
    expect(mistakes(secrets({ vercel: { app: { staging: { A: "x" }, production: { A: "x" } } } }))).toEqual([
      "secrets.vercel.app.staging.A is the same as production's; allowed: a value of staging's own",
    ]);
  });

  test("are refused in plain text, and not repeated", () => {
    const lines = mistakes(secrets({ github: { production: { TOKEN: "hunter2" } }, hunter2: 1 }), []);
    expect(lines).toEqual([
      "secrets is stored in plain text; allowed: `pulumi config set --secret --path secrets.<where>.<NAME>`; change what was in it, too",
      "secrets.hunter2 is wrong (a secret, so it is not shown); the known keys here are github, vercel",
    ]);
  });

  test("belong to a project that is there", () => {
    expect(mistakes(secrets({ vercel: { ap: { production: { A: "x" } } } }))).toEqual([
      "secrets.vercel.ap belongs to no project; allowed: the names in vercel.projects, which are app",
    ]);
  });

  test("are nowhere else", () => {
    expect(mistakes({}, ["domain"])).toEqual([
      "domain is stored as a secret; allowed: plain; only secrets may be secret",
    ]);
  });
});
