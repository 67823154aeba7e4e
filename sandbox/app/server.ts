import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { routes, sendJson, type AppState } from "./routes.ts";

/** Envoy keeps idle upstream connections for an hour; closing first would reset requests just under way. */
const KEEP_ALIVE_MS = 3_700_000;

export interface App {
  readonly server: Server;
  /**
   * Stops without losing a request: readiness fails, WebSockets are closed with 1001, answers carry
   * `Connection: close`; when no request came for `quietMs` the listener closes and what is in flight ends.
   * Resolves true when everything ended, false when `deadlineMs` came first.
   */
  drain(options: { quietMs: number; deadlineMs: number }): Promise<boolean>;
}

/** The app's server, not listening yet. */
export function createApp(state: AppState): App {
  let lastRequest = 0;
  const identity = { "x-app-version": state.version, "x-app-color": state.color };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const url = new URL(request.url ?? "/", "http://app");
    const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
    const method = request.method ?? "GET";
    for (const [name, value] of Object.entries(identity)) response.setHeader(name, value);
    if (state.draining) response.setHeader("connection", "close");
    if (!route?.probe) lastRequest = started;
    response.once("close", () => {
      const status = response.writableFinished ? response.statusCode : 499;
      state.metrics.observe(
        method,
        route ? url.pathname : "other",
        status,
        (performance.now() - started) / 1000,
      );
    });
    if (!route) {
      sendJson(response, 404, { error: `no ${url.pathname} here` });
      return;
    }
    if (method !== route.method && !(method === "HEAD" && route.method === "GET")) {
      sendJson(response, 405, { error: `${url.pathname} takes ${route.method}` });
      return;
    }
    if (!route.probe && (await failed(state, response))) return;
    try {
      await route.handle(state, url, request, response);
    } catch (error) {
      answerError(error, response);
    }
  }

  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void handle(request, response),
  );
  const sockets = serveWebSockets(server, identity, state);
  return {
    server,
    async drain({ quietMs, deadlineMs }) {
      state.draining = true;
      const deadline = performance.now() + deadlineMs;
      for (const socket of sockets.clients) socket.close(1001, "going away");
      const quietSince = () => Math.max(lastRequest, deadline - deadlineMs);
      while (performance.now() < Math.min(quietSince() + quietMs, deadline)) await delay(50);
      const closed = new Promise<true>((resolve) => server.close(() => resolve(true)));
      // A keep-alive connection whose answer began before the drain becomes idle only now.
      setInterval(() => server.closeIdleConnections(), 50).unref();
      const late = delay(Math.max(0, deadline - performance.now()), false as const, { ref: false });
      return Promise.race([closed, late]);
    },
  };
}

/** Applies latency and error rate; true when the request is answered by that. */
async function failed(state: AppState, response: ServerResponse): Promise<boolean> {
  const { latencyMs, errorRate } = state.misbehaviour;
  if (latencyMs > 0) await delay(latencyMs);
  if (errorRate === 0 || Math.random() >= errorRate) return false;
  state.log("error", "request failed", { reason: "told to misbehave" });
  sendJson(response, 500, { error: "told to misbehave" });
  return true;
}

function answerError(error: unknown, response: ServerResponse): void {
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) response.destroy();
  else sendJson(response, 400, { error: message });
}

/** Echoes on /ws; every handshake tells version and colour too. */
function serveWebSockets(server: Server, identity: Record<string, string>, state: AppState): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_000_000 });
  sockets.on("headers", (headers) => {
    for (const [name, value] of Object.entries(identity)) headers.push(`${name}: ${value}`);
  });
  sockets.on("connection", (socket) => {
    if (state.draining) socket.close(1001, "going away");
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("error", (error) => state.log("warn", "WebSocket failed", { reason: error.message }));
  });
  server.on("upgrade", (request, socket, head) => {
    if (new URL(request.url ?? "/", "http://app").pathname !== "/ws") {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit("connection", accepted, request));
  });
  return sockets;
}
