import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { createMetrics } from "../../sandbox/app/metrics.ts";
import { wellBehaved } from "../../sandbox/app/misbehave.ts";
import { createApp, type App } from "../../sandbox/app/server.ts";
import { eventually } from "../support/cluster-api.ts";
import {
  startLoad as start,
  startStreams,
  startWebSockets,
  totalsBetween,
  waitUntilMoved,
  type LoadHandle,
  type LoadOptions,
} from "../../sandbox/load/index.ts";

const servers: Server[] = [];
const probes: { stop: () => Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(probes.splice(0).map((probe) => probe.stop()));
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

/** A test that fails before it stops its load must not keep the whole run from ending. */
function startLoad(options: LoadOptions): LoadHandle {
  const load = start(options);
  let stopped: ReturnType<LoadHandle["stop"]> | undefined;
  const once = { ...load, stop: () => (stopped ??= load.stop()) };
  probes.push(once);
  return once;
}

/** On a machine with much to do, a thread takes its time to send its first request. */
const sent = (load: LoadHandle, requests: number): Promise<void> =>
  eventually(`${requests} requests`, 20, () => Promise.resolve(load.totals().requests >= requests));

function app(): App {
  return createApp({
    version: "1.0.0",
    color: "blue",
    pod: "pod-1",
    misbehaviour: wellBehaved,
    draining: false,
    log: () => undefined,
    metrics: createMetrics({ version: "1.0.0", color: "blue" }),
    misbehave: () => undefined,
  });
}

test("keeps its rate, sends the Host header and counts answers by colour and bucket", async () => {
  const hosts = new Set<string | undefined>();
  const url = await serve((request, response) => {
    hosts.add(request.headers.host);
    response.setHeader("x-app-color", "blue").end("ok");
  });
  const load = startLoad({ url, hostHeader: "api.example.com", requestsPerSecond: 1_000, connections: 10 });
  const before = Date.now();
  await sent(load, 1_000);
  const tookMs = Date.now() - before;
  const totals = await load.stop();
  const samples = load.samples();
  expect([...hosts]).toEqual(["api.example.com"]);
  expect(totals.failures).toBe(0);
  // Never more than are due: one a millisecond, and what stopping took.
  expect(totals.requests).toBeLessThan(tookMs + 500);
  expect(samples.reduce((sum, { byColor }) => sum + (byColor.blue ?? 0), 0)).toBe(totals.requests);
  expect(totalsBetween(samples, 0, Infinity)).toEqual({ requests: totals.requests, failures: 0 });
  expect(totalsBetween(samples, 0, before)).toEqual({ requests: 0, failures: 0 });
  expect(totals.latencyMs.p50).toBeGreaterThan(0);
  expect(totals.latencyMs.max).toBeGreaterThanOrEqual(totals.latencyMs.p99);
});

test("counts every bad answer as a failure with its reason: status, reset, silence", async () => {
  let n = 0;
  const url = await serve((_request, response) => {
    const kind = n++ % 4;
    if (kind === 0) response.setHeader("x-app-color", "green").end("ok");
    else if (kind === 1) response.writeHead(503).end();
    else if (kind === 2) response.destroy();
  });
  const load = startLoad({ url, requestsPerSecond: 40, timeoutMs: 1_000 });
  await eventually("eight requests have come", 20, () => Promise.resolve(n >= 8));
  const totals = await load.stop();
  expect(totals.requests).toBe(n);
  expect(totals.failures).toBe(totals.requests - (totals.byColor.green ?? 0));
  const reasons = new Set(load.failures().map(({ reason }) => reason));
  expect(reasons).toContain("status 503");
  expect(reasons).toContain("no answer within 1000 ms");
  expect([...reasons].some((reason) => /UND_ERR_SOCKET|ECONNRESET/.test(reason))).toBe(true);
});

test("nobody listening is failures, not an exception", async () => {
  // A port that nobody is ever given by chance.
  const load = startLoad({ url: "http://127.0.0.1:1", requestsPerSecond: 50 });
  await sent(load, 1);
  const totals = await load.stop();
  expect(totals.failures).toBe(totals.requests);
  expect(load.failures()[0]?.reason).toContain("ECONNREFUSED");
});

test("tells when the old colour answered last", async () => {
  let color = "blue";
  const url = await serve((_request, response) => response.setHeader("x-app-color", color).end());
  const load = startLoad({ url, requestsPerSecond: 200 });
  await sent(load, 20);
  const before = load.lastAnswerOf("blue") ?? NaN;
  color = "green";
  const last = await waitUntilMoved(load, { from: "blue", to: "green", quietMs: 300 });
  expect(last).toBeGreaterThanOrEqual(before);
  expect(load.lastAnswerOf("green")).toBeGreaterThan(last);
  await expect(waitUntilMoved(load, { from: "green", to: "blue", timeoutMs: 200 })).rejects.toThrow(
    "traffic: green still answers, or blue does not, 0.2 s after the switch",
  );
  await load.stop();
});

test("streams must arrive whole", async () => {
  const { server } = app();
  const streams = startStreams({ url: await listen(server), concurrent: 2, chunks: 3, chunkMs: 10 });
  await delay(200);
  const totals = await streams.stop();
  expect(totals.failures).toEqual([]);
  expect(totals.byColor.blue).toBeGreaterThan(3);

  const cut = startStreams({ url: await serve((_request, response) => response.end("1\n")), concurrent: 1 });
  await delay(50);
  expect((await cut.stop()).failures[0]?.reason).toMatch(/cut off after 2 of \d+ bytes/);
});

test("WebSockets echo; a clean close is reconnected, a dropped connection is a failure", async () => {
  const first = app();
  const sockets = startWebSockets({ url: await listen(first.server), connections: 2, everyMs: 5 });
  probes.push(sockets);
  await delay(200);
  expect(await first.drain({ quietMs: 10, deadlineMs: 2_000 })).toBe(true);
  expect(sockets.totals().cleanCloses).toBeGreaterThanOrEqual(2);
  expect(sockets.totals().byColor.blue).toBeGreaterThan(5);
  // Another program may have been given the port meanwhile, which understands no WebSocket.
  await eventually("a failure", 20, () => Promise.resolve(sockets.totals().failures.length > 0));
  await sockets.stop();
});
