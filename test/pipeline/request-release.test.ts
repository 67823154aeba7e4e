// What the application's workflows run to reach the release driver, against a server on this machine.
import { afterEach, expect, test } from "@jest/globals";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import { FakeVendor, type Answer, type Asked } from "../support/fake-vendor.ts";

let vendor: FakeVendor | undefined;
afterEach(async () => {
  await vendor?.stop();
  vendor = undefined;
});

const url = "https://github.com/example/pulse-infra/actions/runs/42";

/** A run that goes through these states, one for each time it is asked for. */
async function driver(
  states: { status: string; conclusion: string | null }[],
  dispatch: Answer = { body: { workflow_run_id: 42 } },
) {
  const rest = [...states];
  vendor = await FakeVendor.start(({ method }: Asked) =>
    method === "POST" ? dispatch : { body: { html_url: url, ...(rest.length > 1 ? rest.shift() : rest[0]) } },
  );
  return vendor;
}

async function request(env: Record<string, string>) {
  const { code, stdout, stderr } = await runProcess("node", ["pipeline/request-release.ts"], {
    cwd: projectRoot,
    env: {
      PATH: process.env.PATH,
      GITHUB_API_URL: vendor?.url ?? "http://127.0.0.1:9",
      COMMAND: "start",
      ENVIRONMENT: "production",
      REPOSITORY: "example/pulse-infra",
      TOKEN: "t0ken",
      VERSION: "1.4.2",
      PAUSE_MS: "5",
      ...env,
    },
  });
  return { code, output: stdout + stderr };
}

const going = { status: "in_progress", conclusion: null };
const done = (conclusion: string) => ({ status: "completed", conclusion });

test("asks for the run, waits for it and says where it is", async () => {
  const { asked } = await driver([{ status: "queued", conclusion: null }, going, going, done("success")]);
  const { code, output } = await request({});
  expect(output).toBe(
    `${url}: queued\n${url}: in_progress\n${url}: completed\nstart on production succeeded.\n`,
  );
  expect(code).toBe(0);
  expect(asked[0]?.path).toBe("/repos/example/pulse-infra/actions/workflows/release.yml/dispatches");
  expect(asked[0]?.body).toEqual({
    ref: "main",
    inputs: { command: "start", environment: "production", version: "1.4.2" },
    return_run_details: true,
  });
});

test.each(["failure", "cancelled", "timed_out"])("a run that ended with %s fails", async (conclusion) => {
  await driver([done(conclusion)]);
  const { code, output } = await request({});
  expect(output).toContain(`::error::start ended with ${conclusion}: ${url}`);
  expect(code).toBe(1);
});

test("a run that takes too long fails, and says where it is", async () => {
  await driver([going]);
  const { code, output } = await request({ WAIT_MINUTES: "0" });
  expect(output).toContain(`::error::start is still in_progress after 0 minutes: ${url}`);
  expect(code).toBe(1);
});

test.each<[string, Answer]>([
  ["refuses", { status: 403, body: { message: "Resource not accessible by integration" } }],
  ["names no run", { status: 204 }],
])("GitHub that %s is a sentence", async (_what, answer) => {
  await driver([going], answer);
  const { code, output } = await request({});
  expect(output).toMatch(/^::error::GitHub (answers 403 to POST .*integration|took the request, but)/);
  expect(output).not.toMatch(/t0ken|\n\s+at /);
  expect(code).toBe(1);
});

test("all mistakes are told at once, and nothing is asked for", async () => {
  const { asked } = await driver([going]);
  const { code, output } = await request({ COMMAND: "destroy", ENVIRONMENT: "a b", REPOSITORY: "x" });
  expect(output.match(/^::error::/gm)).toHaveLength(3);
  expect(asked).toEqual([]);
  expect(code).toBe(2);
  expect((await request({ VERSION: "" })).output).toContain("version is missing");
});
