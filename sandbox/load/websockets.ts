import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { tlsOf, type Failure, type Target } from "./types.ts";

export interface WebSocketOptions extends Target {
  /** WebSockets open at a time; default 5. */
  connections?: number;
  /** Milliseconds between an echo and the next message; default 50. */
  everyMs?: number;
  /** An echo that takes longer is a failure, in milliseconds; default 5000. */
  timeoutMs?: number;
}

export interface WebSocketTotals {
  echoes: number;
  byColor: Record<string, number>;
  /** Closed by the app with 1001 (going away) or 1000, then opened again. */
  cleanCloses: number;
  /** Anything else: refused handshakes, connections dropped without a close frame, missing or wrong echoes. */
  failures: Failure[];
}

export interface WebSocketHandle {
  totals(): WebSocketTotals;
  stop(): Promise<WebSocketTotals>;
}

/** Keeps WebSockets talking through whatever happens; a clean close is followed by a new connection. */
export function startWebSockets(options: WebSocketOptions): WebSocketHandle {
  const { url, hostHeader = new URL(url).host, connections = 5, everyMs = 50, timeoutMs = 5_000 } = options;
  const target = new URL("/ws", url.replace(/^http/, "ws"));
  const totals: WebSocketTotals = { echoes: 0, byColor: {}, cleanCloses: 0, failures: [] };
  const open = new Set<WebSocket>();
  let stopping = false;

  /** One connection's life; resolves when it has ended. */
  function talk(): Promise<void> {
    return new Promise((resolve) => {
      const socket = new WebSocket(target, {
        headers: { host: hostHeader },
        handshakeTimeout: timeoutMs,
        ...tlsOf(options),
      });
      open.add(socket);
      let color = "none";
      let sent = 0;
      let reason = "dropped without a close frame";
      let late: NodeJS.Timeout | undefined;
      const say = (): void => {
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(String(++sent));
        late = setTimeout(() => {
          reason = `no echo within ${timeoutMs} ms`;
          socket.terminate();
        }, timeoutMs);
      };
      socket.on("upgrade", ({ headers }) => (color = String(headers["x-app-color"] ?? "none")));
      socket.on("open", say);
      socket.on("message", (data: Buffer) => {
        clearTimeout(late);
        if (data.toString() !== String(sent)) {
          reason = `wrong echo: ${data.toString()} for ${sent}`;
          socket.terminate();
          return;
        }
        totals.echoes += 1;
        totals.byColor[color] = (totals.byColor[color] ?? 0) + 1;
        setTimeout(say, everyMs);
      });
      socket.on("error", (error) => (reason = error.message));
      socket.on("close", (code) => {
        clearTimeout(late);
        open.delete(socket);
        if (code === 1000 || code === 1001) totals.cleanCloses += stopping ? 0 : 1;
        else if (!stopping) totals.failures.push({ at: Date.now(), reason: `${reason} (${code})` });
        resolve();
      });
    });
  }

  async function keepTalking(): Promise<void> {
    while (!stopping) {
      await talk();
      await delay(20);
    }
  }

  const talking = Promise.all(Array.from({ length: connections }, keepTalking));
  return {
    totals: () => structuredClone(totals),
    stop: async () => {
      stopping = true;
      for (const socket of open) socket.close(1000);
      await talking;
      return totals;
    },
  };
}
