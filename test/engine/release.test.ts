// Whole releases on the real engine against a real API server: forward, and back.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ReleaseWorld } from "../support/release-world.ts";
import { testCluster } from "../support/test-cluster.ts";

let world: ReleaseWorld;
beforeAll(async () => {
  world = await ReleaseWorld.create("release", testCluster().kubeconfig);
  await world.stack.mustUp();
}, 120_000);
afterAll(() => world.close(), 120_000);

test("a good version ends as production, step by step", async () => {
  const { code, output } = await world.run("start", "1.2.0");
  console.log(output);
  expect(code).toBe(0);
  expect(await world.stack.weights()).toEqual({ blue: 0, green: 100 });
  console.log((await world.run("history")).output);
}, 120_000);

test("back", async () => {
  const began = Date.now();
  const { code, output } = await world.run("rollback");
  console.log(Date.now() - began, output);
  expect(code).toBe(0);
  expect(await world.stack.weights()).toEqual({ blue: 100, green: 0 });
  expect(await world.stack.preview()).toEqual([]);
}, 120_000);
