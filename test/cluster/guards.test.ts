// The guards against pods that are really broken, and what a person is told about them.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EnvironmentStack } from "../support/environment-stack.ts";
import { ask, liveEnvironment } from "../support/live-environment.ts";

let stack: EnvironmentStack;
beforeAll(async () => {
  stack = await liveEnvironment("guards", (config) => {
    const images = config["pulse-infra:images"] as { blue: string };
    config["pulse-infra:images"] = { blue: images.blue };
    const rollout = config["pulse-infra:rollout"] as object;
    config["pulse-infra:rollout"] = { ...rollout, readyTimeoutSeconds: 20 };
  });
}, 240_000);
afterAll(() => stack.destroy(), 180_000);

test.each([
  ["1.2.0-unready", "an app that never gets ready", /readiness probe/i],
  ["1.2.0-crash", "an app that crashes", /exit(ed with)? code|CrashLoopBackOff/i],
  ["9.9.9", "an image that cannot be pulled", /pull|image/i],
])(
  "%s: %s is named with its reason, and takes no traffic",
  async (version, _what, reason) => {
    await stack.set("images.green", `localhost/pulse-messages:${version}`);
    const rollout = await stack.up();
    expect(rollout.code).not.toBe(0);
    expect(rollout.output).toMatch(/pulse-messages-green/);
    expect(rollout.output).toMatch(reason);

    await stack.set("activeColor", "green");
    const refused = await stack.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/green/);
    expect(refused.output).toMatch(reason);
    expect(refused.output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(await stack.weights()).toEqual({ blue: 100, green: 0 });
    expect((await ask(stack)).color).toBe("blue");
    await stack.set("activeColor", "blue");
  },
  180_000,
);

test("a good image after them is rolled out and may be switched to", async () => {
  await stack.set("images.green", "localhost/pulse-messages:1.1.0");
  await stack.mustUp();
  await stack.set("activeColor", "green");
  await stack.mustUp();
  expect(await stack.weights()).toEqual({ blue: 0, green: 100 });
}, 180_000);

test("the serving colour's pods may not change", async () => {
  await stack.set("images.green", "localhost/pulse-messages:1.0.0");
  const { code, output } = await stack.up();
  expect(code).not.toBe(0);
  expect(output).toMatch(/green.*allowLiveChange/s);
  expect((await ask(stack)).version).toBe("1.1.0");
}, 60_000);
