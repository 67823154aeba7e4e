// What the release driver sees of a real canary: through the real Prometheus, the API server and the gateway.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loadYaml } from "@kubernetes/client-node";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import type { EnvironmentConfig } from "../../infra/config/schema.ts";
import { readSignals, signalHistory, signalSources, type Access } from "../../release/adapters/signals.ts";
import { smokeTests } from "../../release/adapters/smoke.ts";
import { gateWindow, judge } from "../../release/domain/gates.ts";
import type { Signals, Verdict } from "../../release/domain/signals.ts";
import type { EnvironmentStack } from "../support/environment-stack.ts";
import { kubeGetOf } from "../support/kube-get.ts";
import { liveEnvironment, startTraffic } from "../support/live-environment.ts";
import { asRaw, loadEnvironment } from "../support/stack-config.ts";
import { testCluster } from "../support/test-cluster.ts";

const clock = {
  now: () => Date.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};
let stack: EnvironmentStack;
let config: EnvironmentConfig;
let access: Access;

beforeAll(async () => {
  stack = await liveEnvironment("signals", (file) => {
    const release = file["pulse-infra:release"] as Record<string, unknown>;
    const { prometheusUrl, internalUrl } = testCluster();
    file["pulse-infra:release"] = { ...release, prometheus: { url: prometheusUrl }, internalUrl };
  });
  await stack.set("canaryWeight", "50");
  await stack.mustUp();
  const file = loadYaml<{ config: Record<string, unknown> }>(
    readFileSync(join(stack.dir, "Pulumi.sandbox.yaml"), "utf8"),
  );
  const values = Object.entries(file.config).map(
    ([key, value]) => [key.replace(/^[^:]*:/, ""), value] as const,
  );
  config = loadEnvironment(asRaw(Object.fromEntries(values))).config;
  access = { kube: await kubeGetOf(testCluster().kubeconfig) };
}, 240_000);
afterAll(() => stack.destroy(), 180_000);

/** Tells every pod of green to behave so. */
async function tellGreen(behaviour: object): Promise<void> {
  const pods = await stack.api.pods(stack.namespace, "green");
  for (const { status } of pods) {
    const { podIP } = status as { podIP?: string };
    const body = JSON.stringify(behaviour);
    const answer = await request(`http://${podIP ?? ""}:8080/misbehave`, { method: "POST", body });
    await answer.body.dump();
    expect(answer.statusCode).toBe(200);
  }
}

test("smoke tests reach each colour alone, and tell the versions apart", async () => {
  const mistakes = async (color: "blue" | "green") =>
    (await smokeTests(config, access).run(color, "1.1.0")).flatMap(({ mistake }) => mistake ?? []);
  expect(await mistakes("green")).toEqual([]);
  expect(await mistakes("blue")).toEqual([
    "/health of blue is answered by version 1.0.0, not 1.1.0.",
    "/ of blue is answered by version 1.0.0, not 1.1.0.",
  ]);
}, 30_000);

test("a good canary may go on, and a bad one is rolled back on its errors within seconds", async () => {
  const sources = signalSources(config, access);
  const { gates } = config.release;
  const about = { candidate: "green", stable: "blue", percent: 50, phase: "ramping" } as const;
  const history: Signals[] = [];
  const look = async (): Promise<Verdict> => {
    history.push(await readSignals(sources, gateWindow(gates, "ramping"), clock));
    return judge(history, gates, about);
  };
  const until = async (enough: (verdict: Verdict) => boolean, seconds: number): Promise<number> => {
    const began = Date.now();
    for (;;) {
      const verdict = await look();
      if (enough(verdict)) return (Date.now() - began) / 1000;
      if (Date.now() - began > seconds * 1000)
        throw new Error(`After ${seconds} s: ${JSON.stringify([verdict, history.at(-1)])}`);
      await clock.sleep(250);
    }
  };
  const traffic = startTraffic(stack, 100);
  await until(({ answer }) => answer === "promote", 40);
  const begun = Date.now();
  await tellGreen({ errorRate: 0.3 });
  const onErrors = ({ answer, reasons }: Verdict) =>
    answer === "rollback" &&
    reasons.some((reason) => /^Error rate at .* requests to green, the limit is 1%/.test(reason));
  const seconds = await until(onErrors, 10);
  expect(seconds).toBeLessThan(5);
  expect(history.at(-1)?.colors.blue.errorRatio).toBe(0);
  await traffic.stop();
  await tellGreen({ errorRate: 0 });

  const past = await signalHistory(config).read(begun - 5_000, Date.now(), 1);
  const worst = (color: "blue" | "green") =>
    Math.max(...past.signals.map(({ colors }) => colors[color].errorRatio ?? 0));
  expect(worst("blue")).toBe(0);
  expect(worst("green")).toBeGreaterThan(0.05);
}, 120_000);
