// Whole releases on the real engine against a real API server: forward, back, and with something missing.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { runProcess } from "../../sandbox/process.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { eventually } from "../support/cluster-api.ts";
import { good, ReleaseWorld } from "../support/release-world.ts";
import { testCluster } from "../support/test-cluster.ts";

let world: ReleaseWorld;
beforeAll(async () => {
  world = await ReleaseWorld.create("release", testCluster().kubeconfig, {
    steps: [
      { percent: 10, minSoakSeconds: 1, maxSoakSeconds: 6 },
      { percent: 100, minSoakSeconds: 0, maxSoakSeconds: 6 },
    ],
    announcements: { slack: { webhookFrom: "TEST_WEBHOOK" } },
  });
  await world.stack.mustUp();
}, 180_000);
beforeEach(() => {
  world.prometheus = true;
  world.figures.blue = { ...good };
  world.figures.green = { ...good };
});
afterAll(() => world.close(), 180_000);

const weights = () => world.stack.weights();
const blueServes = { blue: 100, green: 0 };
const greenServes = { blue: 0, green: 100 };

/** Milliseconds that a command says to have taken from the decision to the moved traffic. */
const movedAfter = (output: string): number =>
  Number(/, (\d+) ms after the decision/.exec(output)?.[1] ?? NaN);

test("a good version ends as production, step by step, and leaves no drift", async () => {
  const { code, output } = await world.run("start", "v1.2.0");
  expect(output).toMatch(
    /weight 10: done.*step 2 of 2.*promote 1\.2\.0: done.*1\.2\.0 is production on green/s,
  );
  expect(code).toBe(0);
  expect(await weights()).toEqual(greenServes);
  expect(await world.status()).toMatchObject({
    record: { phase: "promoted", version: "1.2.0" },
    weights: greenServes,
  });
  expect(await world.stack.preview()).toEqual([]);
}, 180_000);

test("a rollback moves all traffic at once, then the stack follows, and there is none of a rollback", async () => {
  const began = performance.now();
  const { ended, said } = world.begin(["rollback"]);
  await said("all traffic is on blue");
  const ms = Math.round(performance.now() - began);
  process.stderr.write(
    `release rollback: all traffic moved ${ms} ms after the command, its start included\n`,
  );
  const { code, output } = await ended;
  expect(movedAfter(output)).toBeLessThan(1_000);
  expect(output).toMatch(/rolled back, all traffic is on blue/);
  expect(code).toBe(0);
  expect(await weights()).toEqual(blueServes);
  expect(await world.stack.preview()).toEqual([]);
  const again = await world.run("rollback");
  expect(again).toMatchObject({
    code: 1,
    output: expect.stringMatching(/there is no rollback of a rollback/),
  });
  expect(await weights()).toEqual(blueServes);
}, 180_000);

test("a version that fails its smoke test never gets traffic", async () => {
  world.figures.green.health = 503;
  const { code, output } = await world.run("start", "1.3.0");
  expect(output).toMatch(/smoke test failed: .*503/);
  expect(output).not.toMatch(/weight 10/);
  expect(code).toBe(3);
  expect(await weights()).toEqual(blueServes);
}, 180_000);

test("a version with errors is rolled back by its gates, and whoever hangs is not waited for", async () => {
  const hanging = createServer(() => undefined);
  await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
  const webhook = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/`;
  try {
    world.figures.green.errorRatio = 0.3;
    const { child, ended } = world.begin(["start", "1.4.0"], { TEST_WEBHOOK: webhook });
    await eventually("the canary is bad", 60, async () => (await weights()).green === 10);
    await eventually("and back", 5, async () => (await weights()).green === 0);
    expect(child.exitCode).toBeNull();
    const { code, output } = await ended;
    expect(output).toMatch(/rolling back: .*30/);
    expect(code).toBe(3);
    expect(await world.stack.preview()).toEqual([]);
  } finally {
    hanging.closeAllConnections();
    hanging.close();
  }
}, 180_000);

test("without Prometheus it holds, and goes back at the end of its time", async () => {
  const { said, ended } = world.begin(["start", "1.5.0"]);
  await said("weight 10");
  world.prometheus = false;
  const { code, output } = await ended;
  expect(output).toMatch(/on hold/);
  expect(output).toMatch(/was on hold for 6 s/);
  expect(output).not.toMatch(/promote/);
  expect(code).toBe(3);
  expect(await weights()).toEqual(blueServes);
}, 180_000);

test("a paused release stays where it is until it is resumed; another one is refused meanwhile", async () => {
  world.figures.green.errorRatio = 0.005;
  const { said, ended } = world.begin(["start", "1.6.0"]);
  await said("paused:");
  expect(await weights()).toEqual({ blue: 90, green: 10 });
  expect(await world.run("start", "1.7.0")).toMatchObject({
    code: 1,
    output: expect.stringMatching(/is under way \(ramping\)/),
  });
  expect((await world.status()).busy).toMatch(/process \d+ on /);
  world.figures.green = { ...good };
  expect(await world.run("resume")).toMatchObject({
    code: 0,
    output: expect.stringMatching(/goes on with it/),
  });
  expect((await ended).code).toBe(0);
  expect(await weights()).toEqual(greenServes);
}, 180_000);

test("with the backend away, traffic goes back all the same, by two ways, and the stack follows later", async () => {
  const away = { PULUMI_BACKEND_URL: "file:///nowhere/at/all" };
  const back = await world.begin(["rollback"], away).ended;
  expect(movedAfter(back.output)).toBeLessThan(1_000);
  expect(back.output).toMatch(/All traffic is on blue again, but the stack is not in line yet/);
  expect(back.code).toBe(5);
  expect(await weights()).toEqual(blueServes);
  expect(await world.run("resume")).toMatchObject({ code: 3 });
  expect(await world.stack.preview()).toEqual([]);

  expect((await world.run("start", "1.8.0")).code).toBe(0);
  const wrong = await world.run(
    "rollback",
    "--emergency",
    "--stack",
    "production",
    "--namespace",
    world.stack.namespace,
  );
  expect(wrong).toMatchObject({
    code: 1,
    output: expect.stringMatching(/No journal of a release of stack production/),
  });
  const emergency = await world.begin(
    ["rollback", "--emergency", "--namespace", world.stack.namespace, "--app", world.stack.app],
    {
      PULUMI_BACKEND_URL: "file:///nowhere/at/all",
      PULUMI_STACK: "",
      PATH: "/nowhere",
    },
  ).ended;
  expect(movedAfter(emergency.output)).toBeLessThan(1_000);
  expect(emergency.code).toBe(0);
  expect(await weights()).toEqual(blueServes);
  expect((await world.status()).problems?.join()).toMatch(/Nobody is at work/);
  expect(await world.run("resume")).toMatchObject({ code: 3 });
  expect(await world.stack.preview()).toEqual([]);
}, 240_000);

test("with the stack locked by another machine, traffic goes back, and the lock is left alone", async () => {
  expect((await world.run("start", "1.9.0")).code).toBe(0);
  const folder = join(world.stack.dir, "backend/.pulumi/locks/organization/pulse-infra/sandbox");
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "11111111-1111-1111-1111-111111111111.json");
  writeFileSync(
    lock,
    JSON.stringify({ pid: 1, username: "ci", hostname: "another", timestamp: new Date().toISOString() }),
  );
  try {
    const { code, output } = await world.begin(["rollback"], { PULSE_LOCK_WAIT_SECONDS: "2" }).ended;
    expect(movedAfter(output)).toBeLessThan(1_000);
    expect(output).toMatch(/waiting for the stack's lock, which process 1 on another holds/);
    expect(output).toMatch(/is locked by process 1 on another/);
    expect(code).toBe(5);
    expect(await weights()).toEqual(blueServes);
  } finally {
    rmSync(lock);
  }
  expect((await world.run("resume")).code).toBe(3);
}, 240_000);

test("a switch by hand is journaled, and rolled back by the same command", async () => {
  await world.stack.set("activeColor", "green");
  await world.stack.mustUp();
  expect((await world.run("history")).output).toMatch(/by hand\s+activeColor green/);
  const { code, output } = await world.run("rollback");
  expect(movedAfter(output)).toBeLessThan(1_000);
  expect(code).toBe(0);
  expect(await weights()).toEqual(blueServes);
  expect(await world.stack.preview()).toEqual([]);
}, 180_000);

test("in CI only the driver moves traffic; sync takes over what is so", async () => {
  await world.stack.set("activeColor", "green");
  const { stdout, stderr, code } = await runProcess(
    "pulumi",
    ["up", "--yes", "--skip-preview", "--non-interactive", "--config-file", world.stack.file],
    { cwd: projectRoot, env: { ...world.stack.env, CI: "true" } },
  );
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/In CI only the release driver moves traffic.*npm run release -- sync/s);
  expect(await weights()).toEqual(blueServes);
  const synced = await world.run("sync", "--json");
  expect(synced.code).toBe(0);
  expect(JSON.parse(synced.output)).toMatchObject({ changed: true, config: { activeColor: "blue" } });
  expect(await world.stack.preview()).toEqual([]);
}, 120_000);

test("a version that no colour has any more is started anew, without soaks", async () => {
  const { code, output } = await world.run("rollback", "1.0.1");
  expect(output).toMatch(/neither colour has 1\.0\.1/);
  expect(code).toBe(0);
  expect(await weights()).toEqual(greenServes);
}, 180_000);
