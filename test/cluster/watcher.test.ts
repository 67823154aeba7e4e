// The declared watcher's real pod: it moves traffic back while nobody drives, and no release restarts it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { request } from "undici";
import { ApiClient } from "../../infra/cluster/client.ts";
import { accounts } from "../../infra/domain/accounts.ts";
import { loadImage } from "../../sandbox/cluster/index.ts";
import { podUrls } from "../../sandbox/cluster/start-forwarder.ts";
import { buildWatcherImage, watcherImage } from "../../sandbox/watcher-image.ts";
import { eventually, type LiveObject } from "../support/cluster-api.ts";
import type { EnvironmentStack } from "../support/environment-stack.ts";
import { liveEnvironment, startTraffic } from "../support/live-environment.ts";
import { beginRelease } from "../support/release-command.ts";
import { testCluster } from "../support/test-cluster.ts";

let stack: EnvironmentStack;

beforeAll(async () => {
  const { dir, internalUrl, prometheusUrl } = testCluster();
  await loadImage(dir, await buildWatcherImage(dir, () => undefined));
  stack = await liveEnvironment("watched", (file) => {
    file["pulse-infra:release"] = {
      ...(file["pulse-infra:release"] as object),
      steps: [
        { percent: 10, minSoakSeconds: 600, maxSoakSeconds: 1200 },
        { percent: 100, minSoakSeconds: 600, maxSoakSeconds: 1200 },
      ],
      prometheus: { url: prometheusUrl },
      internalUrl,
      watcher: { image: watcherImage, prometheusUrl: podUrls.prometheus, internalUrl: podUrls.internal },
    };
  });
}, 240_000);
afterAll(() => stack.destroy(), 180_000);

/** Runs a command of the release driver to its end. */
const release = (...args: string[]) => beginRelease(stack, args).ended;

async function watcherPod(): Promise<LiveObject> {
  const pods = (await stack.api.pods(stack.namespace)).filter(
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === accounts.watcher,
  );
  const [pod] = pods;
  if (pod === undefined || pods.length > 1) throw new Error(`${pods.length} pods of the watcher`);
  return pod;
}

const logOf = (pod: LiveObject) =>
  new ApiClient({ kubeconfig: testCluster().kubeconfig }).text(
    `/api/v1/namespaces/${stack.namespace}/pods/${pod.metadata.name}/log`,
  );

test("a canary that goes bad while nobody drives is brought back by the watcher's pod", async () => {
  const before = await watcherPod();
  const traffic = startTraffic(stack, 200);
  const started = await release("start", "1.2.0", "--detach");
  expect(started.output).toMatch(/waiting: 10 %/);
  expect(started.code).toBe(0);
  expect(await stack.weights()).toEqual({ blue: 90, green: 10 });

  // Nobody drives now, and as long as the canary is good, nothing happens.
  await eventually("the watcher has looked and is content", 30, async () => {
    const { output } = await release("history", "--json");
    return output.includes('"promote"');
  });
  expect(await stack.weights()).toEqual({ blue: 90, green: 10 });

  for (const { status } of await stack.api.pods(stack.namespace, "green")) {
    const { podIP = "" } = status as { podIP?: string };
    const options = { method: "POST", body: JSON.stringify({ errorRate: 0.3 }) } as const;
    await (await request(`http://${podIP}:8080/misbehave`, options)).body.dump();
  }
  const began = Date.now();
  await eventually("all traffic is on blue", 30, async () => (await stack.weights()).green === 0);
  process.stderr.write(`watcher's pod: traffic back ${Date.now() - began} ms after the first bad answers\n`);
  await traffic.stop();

  const after = await watcherPod();
  expect(after.metadata.name).toBe(before.metadata.name);
  const { containerStatuses } = after.status as { containerStatuses: { restartCount: number }[] };
  expect(containerStatuses.map(({ restartCount }) => restartCount)).toEqual([0]);
  // Whichever gate sees it first: users' errors in Prometheus, or those in the pods' logs.
  expect(await logOf(after)).toMatch(
    /rolling back: .*(Error rate at .* requests to|errors among the newest)/,
  );
  expect((await release("history")).output).toContain(after.metadata.name);

  // Whoever can run Pulumi brings the stack in line.
  expect((await release("resume")).output).toMatch(/rolled back, all traffic is on blue/);
  expect(await stack.preview()).toEqual([]);
}, 240_000);
