// From staging to production: the same image, by its digest, and only after somebody has agreed.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { projectRoot } from "../../sandbox/paths.ts";
import type { Outcome } from "../support/environment-stack.ts";
import { ReleaseWorld } from "../support/release-world.ts";
import { testCluster } from "../support/test-cluster.ts";

const digest = (of: string) =>
  `localhost/pulse-messages:${of}@sha256:${of.replaceAll(".", "").padEnd(64, "0")}`;

/** An environment with production's rules, though both are in the same cluster. */
const world = (environment: "staging" | "production", approval: boolean): Promise<ReleaseWorld> =>
  ReleaseWorld.create(
    environment,
    testCluster().kubeconfig,
    { steps: [{ percent: 100, minSoakSeconds: 0, maxSoakSeconds: 20 }], approval },
    (config) => {
      config["pulse-infra:environment"] = environment;
      config["pulse-infra:cluster"] = { ...(config["pulse-infra:cluster"] as object), context: "sandbox" };
      config["pulse-infra:images"] = { blue: digest("1.0.0"), green: digest("1.1.0") };
    },
  );

let staging: ReleaseWorld;
let production: ReleaseWorld;
beforeAll(async () => {
  staging = await world("staging", false);
  production = await world("production", true);
  await staging.stack.mustUp();
  await production.stack.mustUp();
}, 240_000);
afterAll(async () => {
  for (const { stack } of [staging, production]) await stack.unprotect();
  await staging.close();
  await production.close();
}, 240_000);

const start = (...args: string[]): Promise<Outcome> =>
  production.begin(["start", ...args, "--stack", "sandbox"], {
    PULSE_STAGING_CONFIG_FILE: staging.stack.file,
  }).ended;

/** The same at a terminal, where somebody types `answer`. */
function startAtTerminal(version: string, answer: string): Promise<Outcome> {
  const args = [
    "release/cli.ts",
    "start",
    version,
    "--stack",
    "sandbox",
    "--config-file",
    production.stack.file,
  ];
  const terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
  const child = spawn("python3", ["-c", terminal, process.execPath, ...args], {
    cwd: projectRoot,
    env: { ...production.stack.env, PULSE_STAGING_CONFIG_FILE: staging.stack.file },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (!output.includes("to approve") && `${output}${chunk}`.includes("to approve"))
      child.stdin.write(`${answer}\n`);
    output += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? 255, output })));
}

const productionServes = async (): Promise<object> => {
  const { stack } = production;
  const images = { blue: await stack.image("blue"), green: await stack.image("green") };
  return { ...(await stack.weights()), images };
};
const untouched = {
  blue: 100,
  green: 0,
  images: { blue: digest("1.0.0"), green: digest("1.1.0") },
};

test("a version that staging never promoted does not come to production", async () => {
  const { code, output } = await start("1.2.0", "--yes");
  expect(output).toMatch(/Version 1\.2\.0 was never promoted in staging, and production only gets what was/);
  expect(code).toBe(1);
  expect(await productionServes()).toEqual(untouched);
}, 60_000);

test("what staging has promoted waits for somebody's yes, and a no changes nothing", async () => {
  const promoted = await staging.run("start", digest("1.2.0"));
  expect(promoted).toMatchObject({
    code: 0,
    output: expect.stringMatching(/1\.2\.0 is production on green/),
  });
  const unasked = await start("1.2.0");
  expect(unasked.output).toMatch(/needs approval: run it at a terminal, or with --yes/);
  expect(unasked.code).toBe(1);
  const refused = await startAtTerminal("1.2.0", "no");
  expect(refused.output).toMatch(/Not approved; nothing was changed/);
  expect(refused.code).toBe(1);
  expect(await productionServes()).toEqual(untouched);
}, 180_000);

test("production gets the very image that staging had", async () => {
  const { code, output } = await startAtTerminal("1.2.0", "sandbox");
  expect(output).toMatch(/1\.2\.0 is production on green/);
  expect(code).toBe(0);
  expect(await productionServes()).toEqual({
    blue: 0,
    green: 100,
    images: { blue: digest("1.0.0"), green: digest("1.2.0") },
  });
}, 180_000);
