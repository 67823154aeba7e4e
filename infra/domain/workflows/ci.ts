import { developBranch, hotfixBranches, mainBranch } from "../repository.ts";
import { actions } from "./actions.ts";
import { deployingBranches } from "./refs.ts";
import { securityPermissions } from "./security.ts";
import { webVitals, type WorkflowSettings } from "./settings.ts";
import {
  checkout,
  download,
  expression,
  install,
  job,
  node,
  packageScript,
  program,
  readOnly,
  runner,
  upload,
  type Job,
} from "./steps.ts";
import type { Yaml } from "./yaml.ts";

/** Checks of every change. Branches that deploy have them as the first part of the deployment instead. */
export function ci(settings: WorkflowSettings): Yaml {
  const elsewhere = settings.deploys ? deployingBranches(settings) : [];
  const branches = [mainBranch, developBranch, ...hotfixBranches].filter((name) => !elsewhere.includes(name));
  const jobs: Record<string, Job> = {
    change: change(settings),
    lint: lint(settings),
    test: test(settings),
    ...(settings.steps.endToEnd && { "end-to-end": endToEnd(settings) }),
    build: build(settings),
    security: {
      uses: "./.github/workflows/security.yml",
      permissions: securityPermissions,
    },
    ...(settings.steps.lighthouse && { performance: performance(settings) }),
  };
  return {
    name: "ci",
    on: {
      pull_request: {},
      ...(branches.length > 0 && { push: { branches } }),
      workflow_call: {},
    },
    permissions: readOnly,
    concurrency: {
      group: `${expression("github.workflow")}-ci-${expression("github.ref")}`,
      "cancel-in-progress": expression("github.event_name == 'pull_request'"),
    },
    jobs: { ...jobs, ci: verdict(Object.keys(jobs)) },
  };
}

/** The checks as a job of another workflow, which has to allow what their own jobs ask for. */
export const checks = ({ steps }: WorkflowSettings, more: Pick<Job, "needs" | "if">): Job => ({
  uses: "./.github/workflows/ci.yml",
  ...more,
  permissions: { ...securityPermissions, ...(steps.codecov && { "id-token": "write" as const }) },
});

/** A title that says a change breaks something needs a changeset that says so too, and the other way round. */
function change(settings: WorkflowSettings): Job {
  return job(5, { if: "github.event_name == 'pull_request'" }, [
    checkout({ "fetch-depth": 0 }),
    node(settings),
    program("breaking-changes", "", {
      name: "Breaking changes are announced",
      env: {
        BASE: expression("github.event.pull_request.base.sha"),
        HEAD: expression("github.event.pull_request.head.sha"),
        TITLE: expression("github.event.pull_request.title"),
      },
    }),
  ]);
}

function lint(settings: WorkflowSettings): Job {
  return job(10, {}, [
    checkout(),
    ...install(settings),
    packageScript(settings, "typecheck"),
    packageScript(settings, "lint"),
    packageScript(settings, "format:check"),
  ]);
}

function test(settings: WorkflowSettings): Job {
  const { steps, coveragePercent } = settings;
  return job(15, { permissions: { contents: "read", ...(steps.codecov && { "id-token": "write" }) } }, [
    checkout(),
    ...install(settings),
    packageScript(settings, "test:coverage"),
    program("coverage", `coverage/coverage-summary.json ${coveragePercent}`),
    ...(steps.codecov
      ? [{ uses: actions.codecov, with: { use_oidc: true, fail_ci_if_error: true, directory: "coverage" } }]
      : []),
    upload("coverage", "coverage"),
  ]);
}

function endToEnd(settings: WorkflowSettings): Job {
  return job(20, {}, [
    checkout(),
    ...install(settings),
    { run: `${exec(settings)} playwright install --with-deps chromium` },
    packageScript(settings, "test:e2e"),
    { ...upload("end-to-end", "playwright-report"), if: "failure()" },
  ]);
}

const exec = ({ packageManager }: WorkflowSettings): string =>
  packageManager === "npm" ? "npx" : "pnpm exec";

function build(settings: WorkflowSettings): Job {
  return job(15, {}, [
    checkout(),
    ...install(settings),
    packageScript(settings, "build:staging"),
    packageScript(settings, "build:production"),
    program("bundle-budget", `dist ${settings.bundleKilobytes}`),
    upload("dist", "dist"),
    upload("bundle-report", "stats.html", { "if-no-files-found": "warn" }),
  ]);
}

function performance(settings: WorkflowSettings): Job {
  const limits = webVitals.map((name) => {
    const { target, limit } = settings.webVitals[name];
    return `${name}=${target}:${limit}`;
  });
  return job(15, { needs: ["build"] }, [
    checkout(),
    ...install(settings),
    download("dist", "dist"),
    // Three runs, of which the middle one counts: a shared machine is not always equally fast.
    { run: `npx --yes @lhci/cli@${lighthouseVersion} collect --staticDistDir=dist --numberOfRuns=3` },
    program("web-vitals", `.lighthouseci ${settings.lighthouseScore} ${limits.join(" ")}`),
    { ...upload("lighthouse", ".lighthouseci", { "include-hidden-files": true }), if: "always()" },
  ]);
}

const lighthouseVersion = "0.15.1";

/** The one name that a repository's rules wait for, whatever jobs there are. */
function verdict(needs: readonly string[]): Job {
  return {
    needs,
    if: "always()",
    "runs-on": runner,
    "timeout-minutes": 5,
    steps: [
      {
        name: "Every job passed, or had nothing to do",
        env: { RESULTS: expression("toJSON(needs)") },
        run: `jq -e 'all(.result == "success" or .result == "skipped")' <<<"$RESULTS"`,
      },
    ],
  };
}
