// The API server away before an update, and killed in the middle of one: one sentence, and the next update goes on.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import { clusterStatus, startCluster, stopCluster, type Cluster } from "../../sandbox/cluster/index.ts";
import { defaultSandboxDir } from "../../sandbox/paths.ts";
import { isAlive } from "../../sandbox/process.ts";
import { eventually } from "../support/cluster-api.ts";
import { EnvironmentStack } from "../support/environment-stack.ts";
import { ReleaseWorld } from "../support/release-world.ts";

const dir = join(defaultSandboxDir(), "tests", "outage");
const start = (): Promise<Cluster> => startCluster({ dir, level: "rootless", report: () => undefined });

async function killApiServer(): Promise<void> {
  const status = await clusterStatus(dir);
  const server = status?.processes.find(({ name }) => name === "kube-apiserver");
  if (!server) throw new Error("no kube-apiserver to kill");
  process.kill(server.pid, "SIGKILL");
  // One that is on its way out still counts as running for whoever starts the cluster anew.
  await eventually("the API server is gone", 30, () => !isAlive(server.pid));
}

let stack: EnvironmentStack;
let cluster: Cluster;
let world: ReleaseWorld | undefined;
beforeAll(async () => {
  cluster = await start();
  stack = await EnvironmentStack.create("outage", cluster.kubeconfig);
}, 120_000);
afterAll(async () => {
  await world?.close();
  await stopCluster(dir, () => undefined);
}, 120_000);

test("killed during an update: a sentence, and after its return the same update goes through", async () => {
  let killed = false;
  const { code, output } = await stack.run(["up", "--yes", "--skip-preview"], {
    onLine: (line) => {
      if (killed || !/Deployment.*creating/.test(line)) return;
      killed = true;
      void killApiServer();
    },
  });
  expect(killed).toBe(true);
  expect(code).not.toBe(0);
  expect(output).toMatch(/API server at https:\/\/127\.0\.0\.1:\d+ does not answer/);
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);

  await start();
  await stack.mustUp();
  expect(await stack.weights()).toEqual({ blue: 100, green: 0 });
  expect(await stack.preview()).toEqual([]);
}, 180_000);

test("away before an update: a sentence, and nothing is lost", async () => {
  await stack.set("activeColor", "green");
  await killApiServer();
  const { code, output } = await stack.up();
  expect(code).not.toBe(0);
  expect(output).toMatch(/API server at https:\/\/127\.0\.0\.1:\d+ does not answer/);

  await start();
  await stack.mustUp();
  expect(await stack.weights()).toEqual({ blue: 0, green: 100 });
}, 180_000);

test("killed during each update of a release: the driver waits for it, and the release goes on to its end", async () => {
  world = await ReleaseWorld.create("outage-release", cluster.kubeconfig);
  await world.stack.mustUp();
  const release = world.begin(["start", "1.2.0"]);
  await release.said("deploy green");
  await killApiServer();
  await release.said("does not answer");
  await start();
  for (const update of ["weight 10", "promote 1.2.0"]) {
    await release.said(update);
    await killApiServer();
    // Whatever it is in the middle of, it meets nobody, or one that only just starts.
    await start();
  }
  const { code, output } = await release.ended;
  expect(output).toMatch(/The API server at .* does not answer/);
  expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  expect(await world.stack.weights()).toEqual({ blue: 0, green: 100 });
  expect(await world.stack.preview()).toEqual([]);
}, 600_000);
