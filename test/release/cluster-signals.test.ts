import { afterEach, describe, expect, test } from "@jest/globals";
import { isError } from "../../release/adapters/logs.ts";
import { PodSource } from "../../release/adapters/pods.ts";
import type { Pod } from "../../release/adapters/podObjects.ts";
import { RestartCounter } from "../../release/adapters/restarts.ts";
import { readSignals, signalSources, type KubeGet } from "../../release/adapters/signals.ts";
import { smokeTests } from "../../release/adapters/smoke.ts";
import { healthSource } from "../../release/adapters/health.ts";
import { deafUrl, Listener } from "../support/listener.ts";
import { releaseConfig } from "../support/release-config.ts";

let listener: Listener | undefined;
afterEach(async () => listener?.stop());

const now = Date.now();
const minutes = (n: number) => new Date(now - n * 60_000).toISOString();

interface PodFacts {
  restarts?: number;
  /** Minutes ago. */
  born?: number;
  ended?: number;
  waiting?: string;
  ending?: boolean;
}

const pod = (
  name: string,
  { restarts = 0, born = 60, ended, waiting, ending = false }: PodFacts = {},
): Pod => ({
  metadata: {
    name,
    uid: `uid-${name}`,
    labels: { color: name.split("-")[0] ?? "" },
    ...(ending && { deletionTimestamp: minutes(0) }),
  },
  spec: { containers: [{ name: "pulse" }] },
  status: {
    startTime: minutes(born),
    containerStatuses: [
      {
        name: "pulse",
        restartCount: restarts,
        state: waiting === undefined ? { running: {} } : { waiting: { reason: waiting } },
        lastState: ended === undefined ? {} : { terminated: { finishedAt: minutes(ended) } },
      },
    ],
  },
});
const deployment = (color: string, replicas?: number, availableReplicas?: number) => ({
  metadata: { labels: { color } },
  spec: { ...(replicas !== undefined && { replicas }) },
  status: { ...(availableReplicas !== undefined && { availableReplicas }) },
});

/** An API server with these objects; a log by the pod's name, or none. */
const kube =
  (pods: Pod[] | undefined, deployments: object[] | undefined, logs: Record<string, string> = {}): KubeGet =>
  (path) => {
    const given = path.includes("/log?")
      ? logs[/pods\/([^/]+)\/log/.exec(path)?.[1] ?? ""]
      : path.startsWith("/apis/apps")
        ? deployments && JSON.stringify({ items: deployments })
        : pods && JSON.stringify({ items: pods });
    return given === undefined
      ? Promise.reject(new Error("The API server said no."))
      : Promise.resolve(given);
  };
const read = (get: KubeGet) => new PodSource(releaseConfig(), { kube: get }).read(60);

describe("pods", () => {
  test("each colour has its own; those that end do not count", async () => {
    const pods = [
      pod("blue-1"),
      pod("green-1", { restarts: 2, born: 1 }),
      pod("green-2", { waiting: "CrashLoopBackOff", restarts: 3, born: 4 }),
      pod("green-3", { waiting: "CrashLoopBackOff", restarts: 9, born: 1, ending: true }),
    ];
    const logs = { "blue-1": "", "green-1": "" };
    expect(await read(kube(pods, [deployment("blue", 3, 3), deployment("green", 4, 1)], logs))).toEqual({
      colors: {
        blue: { unavailable: 0, restarts: 0, crashLooping: [], logs: { lines: 0, errors: 0 } },
        green: { unavailable: 3, restarts: 5, crashLooping: ["green-2"], logs: { lines: 0, errors: 0 } },
      },
      problems: [],
    });
  });

  test("a Deployment without replicas means one, and one without status has none available", async () => {
    const { colors } = await read(kube([], [deployment("green")]));
    expect(colors.green?.unavailable).toBe(1);
  });

  test("a colour without Deployment is not known", async () => {
    const { colors } = await read(kube([pod("blue-1")], [deployment("blue", 1, 1)], { "blue-1": "" }));
    expect(Object.keys(colors)).toEqual(["blue"]);
  });

  test("what the API server does not say is not known, and a problem", async () => {
    expect(await read(kube(undefined, undefined))).toEqual({
      colors: { blue: {}, green: {} },
      problems: [
        "The pods could not be read: The API server said no.",
        "The Deployments could not be read: The API server said no.",
      ],
    });
  });
});

describe("restarts within five minutes", () => {
  const count = (...looks: [number, PodFacts][]) => {
    const counter = new RestartCounter();
    return looks.map(([seconds, facts]) => counter.count([pod("green-1", facts)], now + seconds * 1000));
  };

  test("one look tells those of a young pod, and the last one of an old pod", () => {
    expect(count([0, { restarts: 4, born: 4 }])).toEqual([4]);
    expect(count([0, { restarts: 4, born: 6, ended: 4 }])).toEqual([1]);
    expect(count([0, { restarts: 4, born: 60, ended: 6 }])).toEqual([0]);
  });

  test("later looks remember, and forget after five minutes", () => {
    const old = { born: 60 };
    expect(
      count(
        [0, { ...old, restarts: 7 }],
        [60, { ...old, restarts: 9 }],
        [200, { ...old, restarts: 11 }],
        [359, { ...old, restarts: 11 }],
        [361, { ...old, restarts: 11 }],
        [600, { ...old, restarts: 11 }],
      ),
    ).toEqual([0, 2, 4, 4, 2, 0]);
  });

  test("another pod of the same name starts anew", () => {
    const counter = new RestartCounter();
    counter.count([pod("green-1", { restarts: 5, born: 60 })], now);
    const next = pod("green-1", { restarts: 1, born: 0 });
    next.metadata.uid = "another";
    expect(counter.count([next], now + 1000)).toBe(1);
  });
});

describe("logs", () => {
  test.each([
    ['{"level":"error","message":"x"}', true],
    ['{"level":"FATAL"}', true],
    ['{"level":50}', true],
    ['{"level":40}', false],
    ['{"level":"warn","message":"error"}', false],
    ["plain text with error", false],
    ['"error"', false],
    ["null", false],
    ['{"severity":"error"}', false],
  ])("%s", (line, expected) => expect(isError(line)).toBe(expected));

  const at = (second: number, level: string) =>
    `2026-11-21T10:00:${String(second % 60).padStart(2, "0")}.${String(second).padStart(3, "0")}Z {"level":"${level}"}\n`;
  const lines = (from: number, to: number, level: string) =>
    Array.from({ length: to - from }, (_, n) => at(from + n, level)).join("");

  test("the newest hundred lines of all pods together count", async () => {
    const pods = [pod("green-1"), pod("green-2"), pod("green-3", { waiting: "ContainerCreating" })];
    const old = Array.from(
      { length: 70 },
      (_, n) => `2026-11-21T09:59:00.${String(n).padStart(3, "0")}Z {"level":"error"}\n`,
    ).join("");
    const logs = { "green-1": old + lines(0, 10, "error"), "green-2": lines(10, 60, "info") };
    const { colors, problems } = await read(kube(pods, [deployment("green", 3, 3)], logs));
    expect(colors.green?.logs).toEqual({ lines: 100, errors: 50 });
    expect(problems).toEqual([]);
  });

  test("asks for the container's newest lines with their times, within the window", async () => {
    const asked: string[] = [];
    const get = kube([pod("green-1")], [deployment("green", 1, 1)], { "green-1": "" });
    await read((path, signal) => {
      asked.push(path);
      return get(path, signal);
    });
    expect(asked.filter((path) => path.includes("/log"))).toEqual([
      "/api/v1/namespaces/apps/pods/green-1/log?container=pulse&tailLines=100&sinceSeconds=60&limitBytes=200000&timestamps=true",
    ]);
    expect(asked).toContain("/api/v1/namespaces/apps/pods?labelSelector=app.kubernetes.io%2Fname%3Dpulse");
  });

  test("a pod whose log cannot be read is a problem; where none can be, nothing is known", async () => {
    const pods = [pod("green-1"), pod("green-2")];
    const problems = ["A pod's log could not be read: The API server said no."];
    const some = await read(kube(pods, [deployment("green", 2, 2)], { "green-1": at(1, "error") }));
    expect([some.colors.green?.logs, some.problems]).toEqual([{ lines: 1, errors: 1 }, problems]);
    const none = await read(kube(pods, [deployment("green", 2, 2)]));
    expect([none.colors.green?.logs, none.problems]).toEqual([undefined, problems]);
  });
});

const noKube: KubeGet = () => Promise.reject(new Error("The API server said no."));
const gatewayAt =
  (addresses: object[]): KubeGet =>
  (path) => {
    expect(path).toBe("/apis/gateway.networking.k8s.io/v1/namespaces/apps/gateways/pulse");
    return Promise.resolve(JSON.stringify({ status: { addresses } }));
  };

describe("the health path", () => {
  test("counts failures in a row by colour, from the last known count on, and begins anew", async () => {
    const status: Record<string, number> = { "blue.api.example.com": 200, "green.api.example.com": 503 };
    listener = new Listener(({ headers }, response) =>
      response.writeHead(status[headers.host ?? ""] ?? 404).end(),
    );
    const config = releaseConfig({ internalUrl: await listener.start() });
    const colors = { blue: { healthFailuresInARow: 2 }, green: { healthFailuresInARow: 1 } };
    const source = healthSource(config, { kube: noKube }, { at: 0, windowSeconds: 60, colors, problems: [] });
    const look = async () => (await source.read(60)).colors;
    expect(await look()).toEqual({ blue: { healthFailuresInARow: 0 }, green: { healthFailuresInARow: 2 } });
    expect(await look()).toMatchObject({ green: { healthFailuresInARow: 3 } });
    status["green.api.example.com"] = 200;
    expect(await look()).toMatchObject({ green: { healthFailuresInARow: 0 } });
    expect(new Set(listener.heard.map(({ path }) => path))).toEqual(new Set(["/health"]));
  });

  test("no answer is a failure; no way to the listener is nothing known", async () => {
    listener = new Listener((_heard, response) => response.destroy());
    const hangsUp = healthSource(releaseConfig({ internalUrl: await listener.start() }), { kube: noKube });
    expect(await hangsUp.read(60)).toEqual({
      colors: { blue: { healthFailuresInARow: 1 }, green: { healthFailuresInARow: 1 } },
      problems: ["/health of blue closed the connection.", "/health of green closed the connection."],
    });
    const nowhere = healthSource(releaseConfig({ internalUrl: await deafUrl() }), { kube: noKube });
    expect(await nowhere.read(60)).toEqual({
      colors: {},
      problems: ["The Gateway's internal listener refused the connection."],
    });
  });

  test("without an address in config the Gateway's own is taken", async () => {
    listener = new Listener((_heard, response) => response.end());
    const { hostname, port } = new URL(await listener.start());
    const config = releaseConfig(
      {},
      { cluster: { namespace: "apps", gateway: { internalPort: Number(port) } } },
    );
    const source = healthSource(config, { kube: gatewayAt([{ value: hostname }]) });
    expect((await source.read(60)).colors.green).toEqual({ healthFailuresInARow: 0 });
    const unknown = healthSource(config, { kube: gatewayAt([]) });
    expect((await unknown.read(60)).problems).toEqual([
      "The Gateway pulse has no address yet; give its internal listener's in release.internalUrl.",
    ]);
  });
});

describe("smoke tests", () => {
  test.each<[object, string | undefined]>([
    [{ path: "/ok" }, undefined],
    [{ path: "/ok", contains: "hello" }, undefined],
    [{ path: "/ok", contains: "bye" }, '/ok of green answered without "bye".'],
    [{ path: "/teapot" }, "/teapot of green answered with status 418, not 200."],
    [{ path: "/teapot", status: 418 }, undefined],
    [{ path: "/slow", maxMs: 50 }, "/slow of green took 150 ms, more than 50."],
    [{ path: "/hang", maxMs: 1 }, "/hang of green did not answer within 1.001 s."],
    [{ path: "/gone" }, "/gone of green closed the connection."],
  ])("%j", async (smoke, mistake) => {
    listener = new Listener(({ path, headers }, response) => {
      expect(headers.host).toBe("green.api.example.com");
      if (path === "/hang") return;
      if (path === "/gone") response.destroy();
      else if (path === "/slow") setTimeout(() => response.end(), 150);
      else response.writeHead(path === "/teapot" ? 418 : 200, { "x-app-version": "1.1.0" }).end("hello");
    });
    const config = releaseConfig({ internalUrl: await listener.start(), smoke: [smoke] });
    const [health, result] = await smokeTests(config, { kube: noKube }).run("green", "v1.1.0");
    expect(health).toEqual({ path: "/health", ms: expect.any(Number) });
    expect(result?.mistake?.replace(/took \d+/, "took 150")).toBe(mistake);
  });

  /** Answers as version 1.0.0 as many times, then as 1.1.0. */
  const leaving = (times: number): Listener => {
    let asked = 0;
    return new Listener((_heard, response) =>
      response.writeHead(200, { "x-app-version": asked++ < times ? "1.0.0" : "1.1.0" }).end(),
    );
  };
  const leavingWithin = (seconds: number, internalUrl: string) => {
    const config = releaseConfig({ internalUrl });
    return { ...config, rollout: { ...config.rollout, preStopSleepSeconds: seconds } };
  };

  test("pods of the version before that still answer while they leave are no mistake of the new one", async () => {
    listener = leaving(3);
    const config = leavingWithin(10, await listener.start());
    const results = await smokeTests(config, { kube: noKube }).run("green", "1.1.0");
    expect(results).toEqual([{ path: "/health", ms: expect.any(Number) }]);
  });

  test("a version that stays another one is", async () => {
    listener = leaving(Infinity);
    const config = leavingWithin(0, await listener.start());
    const [result] = await smokeTests(config, { kube: noKube }).run("green", "v1.1.0");
    expect(result?.mistake).toBe("/health of green is answered by version 1.0.0, not v1.1.0.");
  }, 15_000);

  test("the health path's own test replaces the one that is always there", async () => {
    listener = new Listener((_heard, response) => response.writeHead(204).end());
    const config = releaseConfig({
      internalUrl: await listener.start(),
      smoke: [{ path: "/health", status: 204 }],
    });
    const results = await smokeTests(config, { kube: noKube }).run("blue", undefined);
    expect(results.map(({ path, mistake }) => [path, mistake])).toEqual([["/health", undefined]]);
  });

  test("a listener that is not there fails the test, and says which", async () => {
    const config = releaseConfig({ internalUrl: await deafUrl() });
    const [result] = await smokeTests(config, { kube: noKube }).run("blue", undefined);
    expect(result?.mistake).toBe("The Gateway's internal listener refused the connection.");
    const [unknown] = await smokeTests(releaseConfig(), { kube: noKube }).run("blue", undefined);
    expect(unknown?.mistake).toBe("The API server said no.");
  });
});

describe("all signals together", () => {
  const clock = { now: () => now, sleep: () => Promise.resolve() };

  test("are merged by colour; every problem is told", async () => {
    const prometheus = {
      read: () => Promise.resolve({ colors: { green: { requests: 5 } }, problems: ["a."] }),
    };
    const pods = {
      read: () => Promise.resolve({ colors: { green: { restarts: 1 }, blue: {} }, problems: ["b."] }),
    };
    expect(await readSignals([prometheus, pods], 30, clock)).toEqual({
      at: now,
      windowSeconds: 30,
      colors: { blue: {}, green: { requests: 5, restarts: 1 } },
      problems: ["a.", "b."],
    });
  });

  test("do not wait for a source that hangs or breaks", async () => {
    const hangs = { read: () => new Promise<never>(() => undefined) };
    const breaks = { read: () => Promise.reject(new Error("broken.")) };
    const began = performance.now();
    const { problems } = await readSignals([hangs, breaks], 30, clock);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(problems).toEqual([
      "A source of signals did not answer within 2.5 s.",
      "A source of signals failed: broken.",
    ]);
  });

  test("with nothing reachable there is nothing but problems, in time", async () => {
    const config = releaseConfig({ prometheus: { url: await deafUrl() }, internalUrl: await deafUrl() });
    const { colors, problems } = await readSignals(signalSources(config, { kube: noKube }), 60, clock);
    expect(colors).toEqual({ blue: {}, green: {} });
    expect(problems).toHaveLength(4);
  });
});
