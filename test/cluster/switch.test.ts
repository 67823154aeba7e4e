// Switching under load on a real cluster: real pods, a real Envoy, clients that keep connections open.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../support/cluster-api.ts";
import type { EnvironmentStack } from "../support/environment-stack.ts";
import { ask, liveEnvironment, startTraffic } from "../support/live-environment.ts";

let stack: EnvironmentStack;
beforeAll(async () => {
  stack = await liveEnvironment("switch");
}, 240_000);
afterAll(() => stack.destroy(), 180_000);

async function switchTo(color: "blue" | "green"): Promise<void> {
  await stack.set("activeColor", color);
  await stack.mustUp();
}

const answeredBy = async (color: string): Promise<boolean> => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(stack)));
  return answers.every((answer) => answer.color === color);
};

describe("under load", () => {
  test("a switch and its rollback lose no request, stream or WebSocket", async () => {
    const traffic = startTraffic(stack);
    await delay(2_000);
    await switchTo("green");
    await eventually("green alone answers", 15, () => answeredBy("green"));
    await delay(2_000);
    await switchTo("blue");
    await eventually("blue alone answers", 15, () => answeredBy("blue"));
    await delay(2_000);
    const { requests, problems } = await traffic.stop();
    expect(problems).toEqual([]);
    expect(requests.requests).toBeGreaterThan(1_500);
    expect(requests.byColor).toMatchObject({ blue: expect.any(Number), green: expect.any(Number) });
  }, 120_000);

  test("a pod that is deleted during the switch loses no request", async () => {
    const traffic = startTraffic(stack);
    await delay(1_000);
    const [victim] = await stack.api.pods(stack.namespace, "green");
    const switching = switchTo("green");
    await stack.api.delete("v1", "Pod", stack.namespace, victim?.metadata.name ?? "");
    await switching;
    await eventually("green alone answers", 15, () => answeredBy("green"));
    await switchTo("blue");
    await delay(2_000);
    const { requests, problems } = await traffic.stop();
    expect(requests.failures).toBe(0);
    expect(problems.filter((problem) => problem.startsWith("request"))).toEqual([]);
  }, 120_000);

  test("a canary of 20 % gets about a fifth", async () => {
    await stack.set("canaryWeight", "20");
    await stack.mustUp();
    await eventually("green answers too", 15, async () => (await ask(stack)).color === "green");
    const answers = await Promise.all(Array.from({ length: 500 }, () => ask(stack)));
    const share = answers.filter(({ color }) => color === "green").length / 5;
    // 20 % of 500 is 100 with a standard deviation of 9: five of them on either side.
    expect(share).toBeGreaterThan(11);
    expect(share).toBeLessThan(29);
    await stack.set("canaryWeight", "0");
    await stack.mustUp();
  }, 120_000);
});
