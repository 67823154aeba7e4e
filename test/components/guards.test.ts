// The guards' decisions and sentences, without cluster or engine.
import { describe, expect, test } from "@jest/globals";
import {
  changedPaths,
  liveChangeMistake,
  previewReady,
  retireMistake,
  waitUntilAccepted,
  waitUntilReady,
} from "../../components/kubernetes/guards.ts";
import type { Weights } from "../../infra/domain/traffic.ts";
import { FakeClock, FakeCluster } from "../support/fake-cluster.ts";

const blueServes = { blue: 100, green: 0 };
const greenServes = { blue: 0, green: 100 };

function guard(cluster: FakeCluster, next: Weights) {
  const lines: string[] = [];
  const clock = new FakeClock();
  const settings = { cluster, name: "app", next, minReady: 2, timeoutSeconds: 60, clock };
  return { ...settings, lines, progress: (line: string) => void lines.push(line) };
}

describe("a colour that gets more traffic", () => {
  test("that is ready gets it at once", async () => {
    const ready = guard(new FakeCluster().serve(blueServes), greenServes);
    await waitUntilReady(ready);
    expect(ready.clock.now()).toBe(0);
    expect(ready.lines).toEqual([]);
  });

  test("that becomes ready is waited for, and the waiting is told once for each change", async () => {
    const cluster = new FakeCluster().serve(blueServes).pods("green", 1, 3);
    const waiting = guard(cluster, greenServes);
    waiting.clock.at(5, () => cluster.pods("green", 2, 3));
    waiting.clock.at(9, () => cluster.pods("green", 3));
    await waitUntilReady(waiting);
    expect(waiting.clock.now()).toBe(9_000);
    expect(waiting.lines).toEqual([
      "waiting for ready pods (at most 60 s): green has 1 of 3 wanted ready pods",
      "waiting for ready pods (at most 60 s): green has 2 of 3 wanted ready pods",
    ]);
  });

  test("that does not is refused with the pods' reasons and what stays", async () => {
    const cluster = new FakeCluster().serve(blueServes).pods("green", 0, 3);
    cluster.podProblems.green = ["app-green-1 crashes (4 restarts, last with exit code 1)"];
    await expect(waitUntilReady(guard(cluster, greenServes))).rejects.toThrow(
      "green may not take 100 % of the traffic: after 60 s it has 0 of 3 wanted ready pods: " +
        "app-green-1 crashes (4 restarts, last with exit code 1). The traffic stays as it is: blue 100 %, green 0 %.",
    );
  });

  test("whose autoscaler asks for too few pods is refused early, with what to set", async () => {
    const cluster = new FakeCluster().serve(blueServes).pods("blue", 6);
    const settled = { ...guard(cluster, greenServes), timeoutSeconds: 300 };
    await expect(waitUntilReady(settled)).rejects.toThrow(
      "green may not take 100 % of the traffic: after 45 s it has 3 of 6 wanted ready pods: " +
        "its autoscaler asks for no more; set scaling.minReplicas to 6.",
    );
  });

  test("without a Deployment is refused, on a first install too", async () => {
    const cluster = new FakeCluster();
    cluster.state.colors.blue = { ready: 0 };
    await expect(waitUntilReady(guard(cluster, blueServes))).rejects.toThrow(
      "blue may not take 100 % of the traffic: after 60 s it has no Deployment app-blue. No route was made.",
    );
  });

  test.each([
    [
      "an old version still runs",
      { desired: 3, total: 4, updated: 1, observed: true },
      "(1 of 4 pods have its newest version)",
    ],
    [
      "its controller is behind",
      { desired: 3, total: 3, updated: 3, observed: false },
      "(3 of 3 pods have its newest version)",
    ],
  ])("is refused while %s", async (_what, deployment, words) => {
    const cluster = new FakeCluster().serve(blueServes);
    cluster.state.colors.green = { deployment, ready: 3 };
    await expect(waitUntilReady(guard(cluster, greenServes))).rejects.toThrow(
      `it is not rolled out ${words}`,
    );
  });

  test("needs only the pods for its share", async () => {
    const cluster = new FakeCluster().serve(blueServes).pods("blue", 10).pods("green", 3);
    const canary = guard(cluster, { blue: 75, green: 25 });
    await waitUntilReady(canary);
    expect(canary.clock.now()).toBe(0);
  });
});

describe("a rollback", () => {
  test("onto a ready colour does not ask for the broken one", async () => {
    const cluster = new FakeCluster().serve({ blue: 90, green: 10 }).pods("green", 0, 3);
    const back = guard(cluster, blueServes);
    await waitUntilReady(back);
    expect(back.clock.now()).toBe(0);
  });

  test("onto an empty colour is refused, whatever the serving one is like", async () => {
    const cluster = new FakeCluster().serve(greenServes).pods("blue", 0, 1).pods("green", 0, 3);
    await expect(waitUntilReady(guard(cluster, blueServes))).rejects.toThrow(
      "it has 0 of 2 wanted ready pods",
    );
  });
});

describe("in a preview", () => {
  test("a shortage is a warning that says what the update will do", async () => {
    const cluster = new FakeCluster().serve(blueServes).pods("green", 1, 3);
    expect(await previewReady(guard(cluster, greenServes))).toEqual([
      "green has 1 of 3 wanted ready pods; the update will wait up to 60 s before it gives green 100 % of the traffic, and refuse after that",
    ]);
  });

  test("a colour that the update will make is no shortage", async () => {
    const cluster = new FakeCluster();
    cluster.state.colors.blue = { ready: 0 };
    expect(await previewReady(guard(cluster, blueServes))).toEqual([]);
  });
});

describe("the pods of a colour", () => {
  const oldTemplate = {
    spec: { containers: [{ image: "app:1.0.0", env: [{ name: "TOKEN", value: "old" }] }] },
  };
  const newTemplate = {
    spec: { containers: [{ image: "app:1.1.0", env: [{ name: "TOKEN", value: "new" }] }] },
  };
  const change = (cluster: FakeCluster) =>
    liveChangeMistake({ cluster, color: "blue", oldTemplate, newTemplate });

  test("may change while it has no traffic, and always before there is a route", async () => {
    expect(await change(new FakeCluster().serve(greenServes))).toBeUndefined();
    expect(await change(new FakeCluster())).toBeUndefined();
  });

  test("may not change while the live route gives it some, and no value is shown", async () => {
    const mistake = await change(new FakeCluster().serve({ blue: 5, green: 95 }));
    expect(mistake).toBe(
      "blue carries 5 % of the traffic, so its pods may not change " +
        "(spec.containers[0].image, spec.containers[0].env[0].value). Give green the change (images.green) and move the " +
        "traffic there, or set allowLiveChange to true for this one update.",
    );
  });

  test("are not asked about when the template stays the same", async () => {
    const cluster = new FakeCluster().serve(blueServes);
    expect(
      await liveChangeMistake({
        cluster,
        color: "blue",
        oldTemplate,
        newTemplate: structuredClone(oldTemplate),
      }),
    ).toBeUndefined();
  });

  test("may not be retired while it has traffic", async () => {
    expect(await retireMistake(new FakeCluster().serve(greenServes), "blue")).toBeUndefined();
    expect(await retireMistake(new FakeCluster().serve(greenServes), "green")).toBe(
      "green carries 100 % of the traffic, so it may not be retired. Set idleSize to warm for the update that moves the traffic, and to standby in a later one.",
    );
  });
});

test("changed paths reach into lists and say what came and went", () => {
  expect(changedPaths({ a: 1 }, { a: 1 })).toEqual([]);
  expect(changedPaths({ a: { b: [1, 2] } }, { a: { b: [1] }, c: 1 })).toEqual(["a.b[1]", "c"]);
  expect(changedPaths(undefined, { a: 1 })).toEqual(["all of it"]);
});

describe("a changed route", () => {
  const accepted = (generation: number, status = "True", type = "ResolvedRefs") => [
    {
      name: "pulse",
      conditions: ["Accepted", "ResolvedRefs"].map((name) => ({
        type: name,
        status: name === type ? status : "True",
        observedGeneration: generation,
        message: "Service app-green not found",
      })),
    },
  ];
  const wait = (cluster: FakeCluster, clock = new FakeClock()) =>
    waitUntilAccepted({ cluster, name: "app", timeoutSeconds: 60, progress: () => undefined, clock });
  const routed = (parents: ReturnType<typeof accepted>) => {
    const cluster = new FakeCluster();
    cluster.state.route = { generation: 2, weights: greenServes, parents };
    return cluster;
  };

  test("is done when every gateway has accepted this generation of it", async () => {
    await expect(wait(routed(accepted(2)))).resolves.toBeUndefined();
    const late = routed(accepted(1));
    const clock = new FakeClock();
    clock.at(1, () => (late.state.route = routed(accepted(2)).state.route));
    await expect(wait(late, clock)).resolves.toBeUndefined();
  });

  test.each([
    [
      "nobody looks at it",
      routed([]),
      "no gateway has said anything about it; does the Gateway exist, and does its controller run?",
    ],
    ["only the last version was looked at", routed(accepted(1)), "gateway pulse has not looked at it"],
    [
      "a Service is missing",
      routed(accepted(2, "False")),
      "gateway pulse says ResolvedRefs is False: Service app-green not found",
    ],
    [
      "it is not accepted",
      routed(accepted(2, "False", "Accepted")),
      "gateway pulse says Accepted is False: Service app-green not found",
    ],
    ["it is gone", new FakeCluster(), "it is gone"],
  ])("is a failure when %s", async (_what, cluster, reason) => {
    await expect(wait(cluster)).rejects.toThrow(`HTTPRoute app was changed, but after 60 s ${reason}`);
  });
});
