// Whole releases by the driver, as a person runs it: real pods, the real gateway and Prometheus, and clients meanwhile.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../support/cluster-api.ts";
import type { EnvironmentStack, Outcome } from "../support/environment-stack.ts";
import { ask, liveEnvironment, startTraffic } from "../support/live-environment.ts";
import { beginRelease } from "../support/release-command.ts";
import { testCluster } from "../support/test-cluster.ts";

let stack: EnvironmentStack;
beforeAll(async () => {
  stack = await liveEnvironment("release", (file) => {
    const { internalUrl, prometheusUrl } = testCluster();
    const release = file["pulse-infra:release"] as { gates: object };
    file["pulse-infra:release"] = {
      ...release,
      internalUrl,
      prometheus: { url: prometheusUrl },
      steps: [
        { percent: 10, minSoakSeconds: 3, maxSoakSeconds: 60 },
        { percent: 100, minSoakSeconds: 0, maxSoakSeconds: 60 },
      ],
      // Both would keep a version with errors from ever having traffic: here the gate on users' errors has to see it.
      smoke: [],
      gates: { ...release.gates, errorsPer100Logs: 100 },
      watch: { blockingSeconds: 0, afterSeconds: 600 },
      keepWarmSeconds: 600,
    };
    const rollout = file["pulse-infra:rollout"] as object;
    file["pulse-infra:rollout"] = { ...rollout, readyTimeoutSeconds: 20 };
  });
}, 240_000);
afterAll(() => stack.destroy(), 180_000);

const release = (...args: string[]): Promise<Outcome> => beginRelease(stack, args).ended;
const blueServes = { blue: 100, green: 0 };

const answeredBy = async (version: string): Promise<boolean> => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(stack)));
  return answers.every((answer) => answer.version === version);
};

test("a good version comes in steps and goes back at once, and no client notices", async () => {
  const traffic = startTraffic(stack, 150);
  const started = await release("start", "1.2.0");
  expect(started.output).toMatch(/weight 10: done.*promote 1\.2\.0: done.*1\.2\.0 is production on green/s);
  expect(started.code).toBe(0);
  await eventually("1.2.0 alone answers", 15, () => answeredBy("1.2.0"));
  const back = await release("rollback");
  expect(back.output).toMatch(/rolled back, all traffic is on blue/);
  expect(back.code).toBe(0);
  await eventually("1.0.0 alone answers", 15, () => answeredBy("1.0.0"));
  const { requests, problems } = await traffic.stop();
  expect(problems).toEqual([]);
  expect(requests.byColor).toMatchObject({ blue: expect.any(Number), green: expect.any(Number) });
  expect(await stack.preview()).toEqual([]);
}, 180_000);

test("a version with errors is taken back by what Prometheus says of its canary", async () => {
  const traffic = startTraffic(stack, 150);
  await delay(2_000);
  const { code, output } = await release("start", "1.2.0-errors");
  expect(output).toMatch(
    /weight 10: done.*rolling back: Error rate at [\d.]+% of \d+ requests to green, the limit is 1%/s,
  );
  expect(output).not.toMatch(/promote/);
  expect(code).toBe(3);
  const atTheEnd = traffic.totals().failures;
  await delay(2_000);
  const { requests, problems } = await traffic.stop();
  expect(requests.failures).toBeGreaterThan(0);
  expect(requests.failures).toBe(atTheEnd);
  expect(new Set(problems.filter((problem) => problem.startsWith("request")))).toEqual(
    new Set(["request: status 500"]),
  );
  expect(await stack.weights()).toEqual(blueServes);
  expect(await stack.preview()).toEqual([]);
}, 180_000);

test("a driver that is killed with a bad canary leaves what its successor can end", async () => {
  const traffic = startTraffic(stack, 150);
  const { child, said, ended } = beginRelease(stack, ["start", "1.2.0-errors"]);
  await said("weight 10: done");
  child.kill("SIGKILL");
  await ended;
  const resumed = await release("resume");
  expect(resumed.output).toMatch(/rolling back: Error rate at .* requests to green/);
  expect(resumed.code).toBe(3);
  await traffic.stop();
  expect(await stack.weights()).toEqual(blueServes);
  expect(await stack.preview()).toEqual([]);
}, 180_000);

test("a version whose pods do not become ready gets no traffic, and its image is taken back", async () => {
  const before = await stack.image("green");
  const traffic = startTraffic(stack, 150);
  const { code, output } = await release("start", "1.2.0-unready");
  expect(output).not.toMatch(/weight 10/);
  expect(output).toMatch(
    /no progress for 20 s: .*Readiness probe failed: HTTP probe failed with statuscode: 503/,
  );
  expect(output).toMatch(/green has the image back that it had before/);
  expect(code).toBe(3);
  expect(await stack.image("green")).toBe(before);
  const { problems } = await traffic.stop();
  expect(problems).toEqual([]);
  expect(await stack.weights()).toEqual(blueServes);
  expect(await stack.preview()).toEqual([]);
}, 240_000);
