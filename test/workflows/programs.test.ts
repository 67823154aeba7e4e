// The programs that the application's workflows run, each as its own process, as a workflow would.
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import { FakeVendor, type Answer, type Asked } from "../support/fake-vendor.ts";

let folder: string;
let vendor: FakeVendor | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulse-programs-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await vendor?.stop();
  vendor = undefined;
});

async function run(name: string, args: readonly string[], env: Record<string, string> = {}) {
  const file = join(projectRoot, "repository/.github/scripts", `${name}.mts`);
  const output = join(folder, "github-output");
  const { code, stdout, stderr } = await runProcess(process.execPath, [file, ...args], {
    cwd: folder,
    timeoutMs: 20_000,
    env: { PATH: process.env.PATH, GITHUB_OUTPUT: output, ...env },
  });
  expect(stderr).not.toMatch(/\n\s+at /);
  return { code, output: stdout + stderr };
}

function put(path: string, content: string | object): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
}

const serve = async (answer: (asked: Asked) => Answer): Promise<FakeVendor> =>
  (vendor = await FakeVendor.start(answer));

describe("coverage", () => {
  test.each([
    [80, 0, "The tests reach 80 % of the lines; 80 % are wanted."],
    [79.99, 1, "::error::The tests reach 79.99 % of the lines; at least 80 % are wanted."],
    ["Unknown", 2, "::error::summary.json has no total of lines; the tests have to write a json-summary."],
  ])("%s %% of 80", async (pct, code, output) => {
    put("summary.json", { total: { lines: { pct } } });
    expect(await run("coverage", ["summary.json", "80"])).toEqual({ code, output: `${output}\n` });
  });

  test("no report is no pass", async () => {
    const { code, output } = await run("coverage", ["nowhere.json", "80"]);
    expect([code, output]).toEqual([2, expect.stringMatching(/^::error::nowhere\.json cannot be read/)]);
  });
});

describe("bundle-budget", () => {
  test.each([
    [10 * 1024, 0],
    [10 * 1024 + 1, 1],
  ])("%d bytes of 10 KiB; source maps and pictures do not count", async (bytes, code) => {
    put("dist/assets/a.js", "x".repeat(bytes - 100));
    put("dist/a.css", "y".repeat(100));
    put("dist/assets/a.js.map", "z".repeat(99_999));
    const outcome = await run("bundle-budget", ["dist", "10"]);
    expect(outcome.code).toBe(code);
    expect(outcome.output).toMatch(/\*\*together, of 10\*\* \| \*\*10\.0\*\*/);
  });

  test.each(["dist", "nowhere"])("%s without scripts is no pass", async (name) => {
    put("dist/index.html", "");
    expect((await run("bundle-budget", [name, "10"])).code).toBe(2);
  });
});

describe("web-vitals", () => {
  const budgets = ["lcp=1200:2500", "cls=5:10", "ttfb=200:600"];
  const report = (score: number, lcp: number, cls: number, ttfb: number | undefined) => ({
    categories: { performance: { score } },
    audits: {
      "largest-contentful-paint": { numericValue: lcp },
      "cumulative-layout-shift": { numericValue: cls },
      "server-response-time": { numericValue: ttfb },
    },
  });
  const judge = async (...reports: object[]) => {
    reports.forEach((one, i) => put(`lh/lhr-${i}.json`, one));
    return run("web-vitals", ["lh", "95", ...budgets]);
  };

  test("all at their targets", async () => {
    const { code, output } = await judge(report(0.95, 1200, 0.05, 200));
    expect([code, output]).toEqual([0, expect.not.stringContaining("::")]);
  });

  test("above a target warns, above a limit fails", async () => {
    const { code, output } = await judge(report(0.96, 1201, 0.11, 100));
    expect(code).toBe(1);
    expect(output).toContain("::warning::lcp is 1201; target 1200, limit 2500.");
    expect(output).toContain("::error::cls is 11; target 5, limit 10.");
    rmSync(join(folder, "lh"), { recursive: true });
    expect((await judge(report(0.96, 1201, 0.05, 100))).code).toBe(0);
  });

  test("a score below the wanted one fails", async () => {
    const { code, output } = await judge(report(0.94, 1, 0, 1));
    expect([code, output]).toEqual([1, expect.stringContaining("::error::score is 94; at least 95.")]);
  });

  test("the middle one of three runs counts", async () => {
    expect(
      (await judge(report(0.5, 9000, 1, 900), report(1, 1, 0, 1), report(0.97, 900, 0.01, 90))).code,
    ).toBe(0);
  });

  test("what was not measured is no pass", async () => {
    const { code, output } = await judge(report(1, 1, 0, undefined));
    expect([code, output]).toEqual([1, expect.stringContaining("::error::ttfb was not measured")]);
    expect((await run("web-vitals", ["nowhere", "95", ...budgets])).code).toBe(2);
    expect((await run("web-vitals", ["lh", "95", "inp=1:2"])).code).toBe(2);
  });
});

describe("audit", () => {
  /** A package manager that answers this. */
  const manager = (stdout: string, stderr = ""): Record<string, string> => {
    put("bin/npm", `#!/bin/sh\ncat <<'END'\n${stdout}\nEND\necho '${stderr}' >&2\nexit 1\n`);
    chmodSync(join(folder, "bin/npm"), 0o755);
    return { PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}` };
  };
  const counts = (high: number, critical: number) =>
    JSON.stringify({ metadata: { vulnerabilities: { moderate: 3, high, critical } } });

  test.each([
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, 1],
  ])("%d high and %d critical ones end with %d", async (high, critical, code) => {
    const outcome = await run("audit", ["npm", "report.json"], manager(counts(high, critical)));
    expect(outcome.output).toContain(`: ${critical} critical, ${high} high, 3 moderate, 0 low, 0 info.`);
    expect(outcome.code).toBe(code);
    expect(readFileSync(join(folder, "report.json"), "utf8")).toContain("moderate");
  });

  test.each([
    ["not json", "npm error 404 Not Found", "npm error 404 Not Found"],
    ['{"error":{"code":"ENOAUDIT","summary":"the registry refuses"}}', "", "the registry refuses"],
    ["", "", "the registry gave no answer"],
  ])("an audit that answers %j did not run", async (stdout, stderr, reason) => {
    const { code, output } = await run("audit", ["npm", "report.json"], manager(stdout, stderr));
    expect([code, output]).toEqual([2, `::error::The audit did not run: ${reason}.\n`]);
  });
});

describe("plan-deployment", () => {
  const sha = "0123456789abcdef0123456789abcdef01234567";
  const plan = async (env: Record<string, string>) => {
    const { code, output } = await run("plan-deployment", [], { GITHUB_SHA: sha, ...env });
    return code === 0
      ? readFileSync(join(folder, "github-output"), "utf8").trim().replaceAll("\n", " ")
      : output.trim();
  };
  const push = (ref: string, type = "branch") => ({
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF_NAME: ref,
    GITHUB_REF_TYPE: type,
  });
  const dispatch = (ref: string, environment: string, type = "branch") => ({
    ...push(ref, type),
    GITHUB_EVENT_NAME: "workflow_dispatch",
    INPUT_ENVIRONMENT: environment,
  });
  const auto = { PRODUCTION_BRANCH: "main" };

  test.each<[string, Record<string, string>, string]>([
    ["develop", push("develop"), "environment=staging version=sha-0123456789ab build=true"],
    ["a hotfix", push("hotfix/a"), "environment=staging version=sha-0123456789ab build=true"],
    ["a tag", push("v1.4.2", "tag"), "environment=production version=1.4.2 build=false"],
    [
      "main, by itself",
      { ...push("main"), ...auto },
      "environment=production version=sha-0123456789ab build=true",
    ],
    ["main, to staging", push("main"), "environment=staging version=sha-0123456789ab build=true"],
    [
      "a pull request",
      { ...push("7/merge"), GITHUB_EVENT_NAME: "pull_request" },
      "environment=staging version=sha-0123456789ab build=true",
    ],
    ["a branch by hand", dispatch("x", "staging"), "environment=staging version=sha-0123456789ab build=true"],
    [
      "a tag by hand",
      dispatch("v1.4.2", "production", "tag"),
      "environment=production version=1.4.2 build=false",
    ],
    [
      "a tag to staging",
      dispatch("v1.4.2", "staging", "tag"),
      "environment=staging version=1.4.2 build=false",
    ],
    [
      "main by hand, where main deploys",
      { ...dispatch("main", "production"), ...auto },
      "environment=production version=sha-0123456789ab build=true",
    ],
    [
      "a branch to production",
      dispatch("main", "production"),
      "::error::Production takes what was released, and main is a branch: run the workflow from a tag such as v1.4.2.",
    ],
    ["another tag", push("vnext", "tag"), "::error::The tag vnext is no release; allowed: v1.4.2."],
  ])("%s", async (_what, env, expected) => {
    expect(await plan(env)).toBe(expected);
  });
});

describe("check-urls", () => {
  const quick = { CHECK_PAUSE_MS: "10" };

  test("waits until all are well", async () => {
    let left = 3;
    const { url } = await serve(({ path }) => ({ status: path === "/b" && left-- > 0 ? 503 : 200 }));
    const { code, output } = await run("check-urls", ["--attempts", "5", `${url}/a`, `${url}/b`], quick);
    expect([code, output]).toEqual([0, expect.stringContaining("attempt 4 of 5 follows")]);
  });

  test("names everything that is not well in the end", async () => {
    const { url } = await serve(({ path }) => ({ status: path === "/a" ? 302 : 200 }));
    const { code, output } = await run(
      "check-urls",
      ["--attempts", "2", `${url}/a`, "http://127.0.0.1:9/"],
      quick,
    );
    expect(code).toBe(1);
    expect(output).toContain(`::error::${url}/a answers 302.`);
    expect(output).toMatch(/::error::http:\/\/127\.0\.0\.1:9\/ does not answer \(\w+\)\./);
  });

  test("watches for a time, and forgives one failure but not two in a row", async () => {
    const answers = (failing: number[]) => {
      let asked = 0;
      return () => ({ status: failing.includes((asked += 1)) ? 500 : 200 });
    };
    const watch = async (failing: number[]) => {
      const { url } = await serve(answers(failing));
      const outcome = await run("check-urls", ["--minutes", "0.02", url], quick);
      await vendor?.stop();
      vendor = undefined;
      return outcome.code;
    };
    expect(await watch([2, 5])).toBe(0);
    expect(await watch([2, 3])).toBe(1);
  });

  test.each([[[]], [["--attempts", "many", "http://localhost"]]])("%j is refused", async (args) => {
    expect((await run("check-urls", args)).code).toBe(2);
  });
});

describe("notify", () => {
  const env = (url: string) => ({
    SLACK_URL: url,
    SLACK_TOKEN: "sl4ck",
    SLACK_CHANNEL: "deployments",
    PAGERDUTY_URL: url,
    PAGERDUTY_KEY: "p4ger",
    GITHUB_REPOSITORY: "example/app",
    GITHUB_RUN_ID: "7",
  });

  test("tells the channel, and people on call only with a severity", async () => {
    const { url, asked } = await serve(() => ({ body: { ok: true } }));
    expect((await run("notify", ["it works"], env(url))).code).toBe(0);
    expect(asked.map(({ path }) => path)).toEqual(["/api/chat.postMessage"]);
    expect(asked[0]?.body).toEqual({
      channel: "deployments",
      text: "it works (<https://github.com/example/app/actions/runs/7|run>)",
    });
    await run("notify", ["it broke"], { ...env(url), SEVERITY: "critical" });
    expect(asked.at(-1)?.body).toEqual(
      expect.objectContaining({
        routing_key: "p4ger",
        event_action: "trigger",
        dedup_key: "example/app/it broke",
        payload: { summary: "it broke", severity: "critical", source: "example/app" },
      }),
    );
  });

  test.each<[string, Answer]>([
    ["refuses in words", { body: { ok: false, error: "channel_not_found" } }],
    ["is broken", { status: 500, body: {} }],
  ])("a vendor that %s is a warning, without a secret", async (_what, answer) => {
    const { url } = await serve(() => answer);
    const { code, output } = await run("notify", ["x"], { ...env(url), SEVERITY: "critical" });
    expect(code).toBe(0);
    expect(output).toMatch(/^::warning::Could not tell Slack: (channel_not_found|it answers 500)$/m);
    expect(output).not.toMatch(/sl4ck|p4ger/);
  });

  test("vendors out of reach, or without a token, are warnings", async () => {
    const away = env("http://127.0.0.1:9");
    const { code, output } = await run("notify", ["x"], { ...away, SEVERITY: "critical" });
    expect([code, output.match(/::warning::/g)?.length]).toEqual([0, 2]);
    expect((await run("notify", ["x"], {})).output).toBe(
      "::warning::SLACK_TOKEN is not set, so Slack is not told.\n",
    );
  });
});

describe("web-deployment", () => {
  const env = (url: string) => ({
    GITHUB_SHA: "abc",
    VERCEL_URL: url,
    VERCEL_TOKEN: "v3rcel",
    VERCEL_ORG_ID: "team_1",
    VERCEL_PROJECT_ID: "prj_1",
    VERCEL_PAUSE_MS: "5",
  });
  const answers = (...lists: object[][]) => {
    const rest = [...lists];
    return ({ method }: Asked): Answer =>
      method === "POST"
        ? { status: 201 }
        : { body: { deployments: rest.length > 1 ? rest.shift() : rest[0] } };
  };

  test("waits for this commit's build and gives it to visitors", async () => {
    const { url, asked } = await serve(
      answers([], [{ uid: "dpl_1", state: "BUILDING" }], [{ uid: "dpl_1", state: "READY" }]),
    );
    const { code, output } = await run("web-deployment", ["promote"], env(url));
    expect([code, output]).toEqual([0, expect.stringContaining("prj_1: production shows dpl_1.")]);
    const query = Object.fromEntries(asked[0]?.query ?? []);
    expect(query).toEqual({ projectId: "prj_1", sha: "abc", target: "production", teamId: "team_1" });
    expect(vendor?.requests().at(-1)).toBe("POST /v10/projects/prj_1/promote/dpl_1");
  });

  test("points a host at a preview", async () => {
    const { url, asked } = await serve(answers([{ uid: "dpl_1", state: "READY" }]));
    expect((await run("web-deployment", ["alias", "staging.example.com"], env(url))).code).toBe(0);
    expect(asked.at(-1)?.path).toBe("/v2/deployments/dpl_1/aliases");
    expect(asked.at(-1)?.body).toEqual({ alias: "staging.example.com" });
  });

  test("goes back to the last one that had visitors", async () => {
    const { url } = await serve(
      answers([
        { uid: "never-shown", created: 4, readySubstate: "STAGED" },
        { uid: "older", created: 1, readySubstate: "PROMOTED" },
        { uid: "bad", created: 3, readySubstate: "PROMOTED" },
        { uid: "good", created: 2, readySubstate: "PROMOTED" },
      ]),
    );
    expect((await run("web-deployment", ["rollback"], env(url))).output).toContain(
      "production shows good again",
    );
    expect(vendor?.requests().at(-1)).toBe("POST /v1/projects/prj_1/rollback/good");
  });

  test.each<[string, string[], Answer, RegExp]>([
    [
      "a build that failed",
      ["promote"],
      { body: { deployments: [{ uid: "a", state: "ERROR" }] } },
      /build of abc is ERROR/,
    ],
    [
      "a refusal",
      ["promote"],
      { status: 403, body: { error: "forbidden" } },
      /Vercel answers 403 to GET \/v6\/deployments/,
    ],
    ["nothing before", ["rollback"], { body: { deployments: [] } }, /no earlier deployment/],
    ["no host", ["alias"], {}, /Usage/],
    ["another word", ["destroy"], {}, /Usage/],
  ])("%s is a sentence", async (_what, args, answer, sentence) => {
    const { url } = await serve(() => answer);
    const { code, output } = await run("web-deployment", args, env(url));
    expect([code, output]).toEqual([1, expect.stringMatching(sentence)]);
    expect(output).not.toContain("v3rcel");
  });

  test("without a token it says where one belongs, without a project there is nothing to do", async () => {
    expect((await run("web-deployment", ["promote"], { ...env(""), VERCEL_TOKEN: "" })).output).toMatch(
      /VERCEL_TOKEN/,
    );
    const none = await run("web-deployment", ["promote"], {
      ...env("http://127.0.0.1:9"),
      VERCEL_PROJECT_ID: "",
    });
    expect(none).toEqual({ code: 0, output: "No project is built from this repository.\n" });
  });
});
