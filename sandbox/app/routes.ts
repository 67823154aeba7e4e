import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { parseMisbehaviour, type Misbehaviour } from "./misbehave.ts";

/** What every handler may look at. */
export interface AppState {
  readonly version: string;
  readonly color: string;
  readonly pod: string;
  misbehaviour: Misbehaviour;
  draining: boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called after POST /misbehave changed `misbehaviour`. */
  readonly misbehave: () => void;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Kubernetes' and Prometheus' own requests: never made to fail, and they do not keep a drain waiting. */
  readonly probe?: boolean;
  readonly handle: (
    state: AppState,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void> | void;
}

/** Answers with a JSON body. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** The app's HTTP surface by path; /ws is upgraded in server.ts. */
export const routes: Readonly<Record<string, Route>> = {
  "/": {
    method: "GET",
    handle: ({ version, color, pod }, _url, _request, response) =>
      sendJson(response, 200, { version, color, pod }),
  },
  "/health": {
    method: "GET",
    probe: true,
    handle: (_state, _url, _request, response) => sendJson(response, 200, { status: "ok" }),
  },
  "/ready": {
    method: "GET",
    probe: true,
    handle: ({ draining, misbehaviour }, _url, _request, response) => {
      if (draining) sendJson(response, 503, { status: "draining" });
      else if (misbehaviour.unready) sendJson(response, 503, { status: "told to be unready" });
      else sendJson(response, 200, { status: "ready" });
    },
  },
  "/metrics": {
    method: "GET",
    probe: true,
    handle: async ({ metrics }, _url, _request, response) => {
      const text = await metrics.text();
      response.writeHead(200, { "content-type": metrics.contentType }).end(text);
    },
  },
  "/slow": {
    method: "GET",
    handle: async (state, url, _request, response) => {
      const ms = wholeNumber(url, "ms", 1_000, 120_000);
      await delay(ms);
      sendJson(response, 200, { version: state.version, color: state.color, ms });
    },
  },
  "/stream": {
    method: "GET",
    handle: async (_state, url, _request, response) => {
      const chunks = wholeNumber(url, "chunks", 10, 10_000);
      const ms = wholeNumber(url, "ms", 100, 10_000);
      response.writeHead(200, { "content-type": "text/plain" });
      for (let n = 1; n <= chunks && !response.destroyed; n++) {
        if (!response.write(`${n}\n`)) await once(response, "drain");
        await delay(ms);
      }
      // A reader can tell a whole answer from one that was cut off.
      response.end("end\n");
    },
  },
  "/misbehave": {
    method: "POST",
    probe: true,
    handle: async (state, _url, request, response) => {
      const changed = parseMisbehaviour(await bodyOf(request, 10_000));
      state.misbehaviour = { ...state.misbehaviour, ...changed };
      state.log("warn", "told to misbehave", { misbehaviour: state.misbehaviour });
      response.once("finish", state.misbehave);
      sendJson(response, 200, state.misbehaviour);
    },
  },
};

function wholeNumber(url: URL, name: string, fallback: number, max: number): number {
  const given = url.searchParams.get(name);
  if (given === null) return fallback;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new Error(`${name}: is ${JSON.stringify(given)}, want a whole number from 0 to ${max}`);
  }
  return value;
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new Error(`body: more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
