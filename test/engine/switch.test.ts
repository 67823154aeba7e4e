// The switch on the real engine against a real API server: what it changes, that it leaves no drift, and that the
// guards refuse what they have to.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../support/cluster-api.ts";
import { EnvironmentStack, resourceOf } from "../support/environment-stack.ts";
import { testCluster } from "../support/test-cluster.ts";

const route = "pulse:kubernetes:BlueGreenService$kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const unready = "pulse-infra.test/unready";

describe("switching an environment", () => {
  let stack: EnvironmentStack;

  beforeAll(async () => {
    stack = await EnvironmentStack.create("switch", testCluster().kubeconfig, (config) => {
      const images = config["pulse-infra:images"] as { blue: string };
      config["pulse-infra:images"] = { blue: images.blue };
      const rollout = config["pulse-infra:rollout"] as object;
      config["pulse-infra:rollout"] = { ...rollout, readyTimeoutSeconds: 3 };
    });
  });
  afterAll(() => stack.destroy(), 120_000);

  const readyPods = async (color: string): Promise<number> => {
    const slices = await stack.api.endpoints(stack.namespace, `${stack.app}-${color}`);
    return slices.filter(({ ready }) => ready).length;
  };

  /** Tells the nodes' stand-in whether a pod's readiness probe fails. */
  const mark = (pod: string, isUnready: "true" | "false"): Promise<void> =>
    stack.api.merge({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: pod, namespace: stack.namespace, annotations: { [unready]: isUnready } },
    });

  test("the first install needs one image only", async () => {
    await stack.mustUp();
    expect(await stack.weights()).toEqual({ blue: 100, green: 0 });
    expect(await stack.api.names("apps/v1", "Deployment", stack.namespace)).toEqual(["pulse-messages-blue"]);
    expect(await stack.api.names("v1", "Service", stack.namespace)).toEqual([
      "pulse-messages-blue",
      "pulse-messages-green",
    ]);
  }, 120_000);

  test("a colour without pods is refused, and nothing moves", async () => {
    await stack.set("images.green", "localhost/pulse-messages:1.1.0");
    await stack.mustUp();
    await eventually("green is ready", 30, async () => (await readyPods("green")) >= 2);
    const pods = (await stack.api.pods(stack.namespace, "green")).map(({ metadata }) => metadata.name);
    for (const pod of pods) await mark(pod, "true");
    await eventually("no green pod is ready", 30, async () => (await readyPods("green")) === 0);

    await stack.set("activeColor", "green");
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/green.*0.*ready/s);
    expect(output).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(await stack.weights()).toEqual({ blue: 100, green: 0 });

    for (const pod of pods) await mark(pod, "false");
    await eventually("green is ready again", 30, async () => (await readyPods("green")) >= 2);
  }, 180_000);

  test("the preview of a switch is one change of one resource", async () => {
    const steps = await stack.preview();
    expect(steps.map((step) => [step.op, resourceOf(step)])).toEqual([
      ["update", `${route}::pulse-messages-route`],
    ]);
  }, 60_000);

  test("the switch moves all the weight, and setting it back moves it back", async () => {
    await stack.mustUp();
    expect(await stack.weights()).toEqual({ blue: 0, green: 100 });
    expect(await stack.outputs()).toMatchObject({ activeColor: "green", weights: { blue: 0, green: 100 } });
    await stack.set("activeColor", "blue");
    await stack.mustUp();
    expect(await stack.weights()).toEqual({ blue: 100, green: 0 });
  }, 60_000);

  test("a canary takes its share", async () => {
    await stack.set("canaryWeight", "10");
    expect(await stack.preview()).toHaveLength(1);
    await stack.mustUp();
    expect(await stack.weights()).toEqual({ blue: 90, green: 10 });
    await stack.set("canaryWeight", "0");
    await stack.mustUp();
  }, 60_000);

  test("right after an update neither preview nor refresh finds anything", async () => {
    expect(await stack.preview()).toEqual([]);
    const refresh = await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    expect({ ...refresh, stdout: "" }).toMatchObject({ code: 0 });
  }, 60_000);

  test("refresh finds what a person changed behind its back, and the next update mends it", async () => {
    const live = await stack.api.get("gateway.networking.k8s.io/v1", "HTTPRoute", stack.namespace, stack.app);
    const rules = live.spec?.rules as { backendRefs: { weight: number }[] }[];
    for (const ref of rules.flatMap(({ backendRefs }) => backendRefs)) ref.weight = 50;
    await stack.api.merge({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: stack.app, namespace: stack.namespace },
      spec: { rules },
    });
    const refresh = await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    expect(refresh.code).not.toBe(0);
    expect(refresh.output).toMatch(/HTTPRoute/);
    await stack.mustUp("--refresh");
    expect(await stack.weights()).toEqual({ blue: 100, green: 0 });
  }, 60_000);

  test("the pods of the serving colour may not change, unless that is allowed", async () => {
    await stack.set("images.blue", "localhost/pulse-messages:1.1.0");
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/blue.*allowLiveChange/s);
    await stack.set("allowLiveChange", "true");
    await stack.mustUp();
    await stack.set("allowLiveChange", "false");
    await stack.mustUp();
  }, 120_000);

  test("retiring the idle colour is its own step; a switch onto it brings it back first", async () => {
    await stack.set("idleSize", "standby");
    const changed = (await stack.preview()).map(resourceOf).join(" ");
    expect(changed).not.toMatch(/HTTPRoute|blue/);
    await stack.mustUp();
    await eventually("green is down to one pod", 60, async () => (await readyPods("green")) === 1);
    await stack.set("idleSize", "warm");
    await stack.mustUp();
    await eventually("green is warm again", 60, async () => (await readyPods("green")) >= 2);
  }, 240_000);
});
