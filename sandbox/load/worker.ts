import { createHistogram } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import { Pool, type Dispatcher } from "undici";
import { tlsOf, type Failure, type Progress, type Sample, type WorkerOptions } from "./types.ts";

/** How often the requests that have become due are sent: fine enough for an even rate, cheap enough to sleep. */
const TICK_MS = 2;

const options = workerData as WorkerOptions;
const owner = parentPort;
if (!owner) throw new Error("load/worker.ts runs as a worker thread");

const { origin, pathname, search } = new URL(options.url);
const pool = new Pool(origin, {
  connections: options.connections,
  pipelining: 1,
  headersTimeout: options.timeoutMs,
  bodyTimeout: options.timeoutMs,
  connect: { ...tlsOf(options), timeout: options.timeoutMs },
});
const request: Dispatcher.DispatchOptions = {
  method: "GET",
  path: pathname + search,
  headers: { host: options.hostHeader },
};

const microseconds = createHistogram();
const lastAnswers: Record<string, number> = {};
const newSample = (): Sample => ({ at: Date.now(), byColor: {}, failures: 0 });
let sample = newSample();
let failures: Failure[] = [];
let underWay = 0;

function answered(color: string, due: number): void {
  sample.byColor[color] = (sample.byColor[color] ?? 0) + 1;
  lastAnswers[color] = Date.now();
  microseconds.record(Math.max(1, Math.round((performance.now() - due) * 1_000)));
}

function failed(reason: string): void {
  sample.failures += 1;
  failures.push({ at: Date.now(), reason });
}

function reasonOf(error: Error & { code?: string }): string {
  if (error.code === "UND_ERR_HEADERS_TIMEOUT" || error.code === "UND_ERR_BODY_TIMEOUT") {
    return `no answer within ${options.timeoutMs} ms`;
  }
  return error.message.includes(error.code ?? "") ? error.message : `${error.code ?? ""} ${error.message}`;
}

/** Sends one request; `due` is when the constant rate wanted it sent, so that a stall shows in the latency. */
function send(due: number): void {
  underWay += 1;
  let status = 0;
  let color = "none";
  pool.dispatch(request, {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, statusCode, headers) => {
      status = statusCode;
      const given = headers["x-app-color"];
      if (typeof given === "string") color = given;
    },
    onResponseData: () => undefined,
    onResponseEnd: () => {
      underWay -= 1;
      if (status >= 200 && status < 300) answered(color, due);
      else failed(`status ${status}`);
    },
    onResponseError: (_controller, error) => {
      underWay -= 1;
      failed(reasonOf(error));
    },
  });
}

const started = performance.now();
const gap = 1_000 / options.requestsPerSecond;
let sent = 0;
const sending = setInterval(() => {
  for (const now = performance.now(); started + sent * gap <= now; sent++) send(started + sent * gap);
}, TICK_MS);

function report(done: boolean): void {
  const ms = (p: number) => (microseconds.count === 0 ? 0 : microseconds.percentile(p) / 1_000);
  const latencyMs = { p50: ms(50), p95: ms(95), p99: ms(99), max: ms(100) };
  owner?.postMessage({ sample, failures, lastAnswers, latencyMs, done } satisfies Progress);
  sample = newSample();
  failures = [];
}
const reporting = setInterval(() => report(false), options.bucketMs);

owner.once("message", () => {
  clearInterval(sending);
  const deadline = performance.now() + options.timeoutMs + 1_000;
  const waiting = setInterval(() => {
    if (underWay > 0 && performance.now() < deadline) return;
    clearInterval(waiting);
    clearInterval(reporting);
    for (; underWay > 0; underWay--) failed(`no answer within ${options.timeoutMs} ms`);
    report(true);
    void pool.destroy();
  }, 10);
});
