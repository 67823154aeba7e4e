import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./endpoints.ts";

/** How patient the proxy is. */
export interface ProxyOptions {
  /** Milliseconds for one attempt to connect. Default 1000. */
  connectMs?: number;
  /** Milliseconds a client is kept waiting for an endpoint to appear before its connection is closed. Default 5000. */
  patienceMs?: number;
}

/**
 * A TCP proxy that gives every new connection to the next of the current endpoints, and to another one where that does
 * not answer. Nothing a client sent is ever sent twice: another endpoint is tried only before the first byte.
 */
export function createProxy(endpoints: () => readonly Endpoint[], options: ProxyOptions = {}): Server {
  const { connectMs = 1000, patienceMs = 5000 } = options;
  let turn = 0;
  return createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    // A client that goes away while it waits must not bring the proxy down.
    client.on("error", () => client.destroy());
    open(endpoints, turn++, { connectMs, patienceMs }, client).then(
      (upstream) => (upstream ? join(client, upstream) : client.destroy()),
      () => client.destroy(),
    );
  });
}

async function open(
  endpoints: () => readonly Endpoint[],
  turn: number,
  { connectMs, patienceMs }: Required<ProxyOptions>,
  client: Socket,
): Promise<Socket | undefined> {
  const deadline = Date.now() + patienceMs;
  const gone = () => client.destroyed;
  while (!gone() && Date.now() < deadline) {
    const candidates = endpoints();
    for (let index = 0; index < candidates.length && !gone(); index++) {
      const endpoint = candidates[(turn + index) % candidates.length];
      const upstream = endpoint && (await tryConnect(endpoint, connectMs));
      if (upstream) return upstream;
    }
    await sleep(100);
  }
  return undefined;
}

function tryConnect({ host, port }: Endpoint, connectMs: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const fail = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(fail, connectMs);
    socket.once("error", fail);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

/** Passes bytes both ways. One side's end is passed on; an error or a close on one side closes the other. */
function join(client: Socket, upstream: Socket): void {
  if (client.destroyed) {
    upstream.destroy();
    return;
  }
  upstream.on("error", () => undefined);
  client.on("close", () => upstream.destroy());
  upstream.on("close", (failed) => (failed ? client.resetAndDestroy() : client.end()));
  client.pipe(upstream);
  upstream.pipe(client);
}
