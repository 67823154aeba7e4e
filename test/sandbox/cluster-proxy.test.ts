import { afterEach, describe, expect, test } from "@jest/globals";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Endpoint } from "../../sandbox/cluster/endpoints.ts";
import { freePorts } from "../../sandbox/cluster/ports.ts";
import { createProxy } from "../../sandbox/cluster/proxy.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

async function listen(server: Server): Promise<Endpoint> {
  servers.push(server);
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** Answers with its name once the client has ended its side. */
const named = (name: string) =>
  listen(
    createServer({ allowHalfOpen: true }, (socket) => {
      let received = "";
      socket.on("data", (chunk) => (received += chunk.toString()));
      socket.on("end", () => socket.end(`${name}:${received}`));
      socket.on("error", () => undefined);
    }),
  );

function ask({ host, port }: Endpoint, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    let received = "";
    socket.on("data", (chunk) => (received += chunk.toString()));
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
    socket.end(text);
  });
}

describe("the proxy", () => {
  test("takes turns and passes on a half-closed connection", async () => {
    const endpoints = [await named("a"), await named("b")];
    const proxy = await listen(createProxy(() => endpoints));
    expect([await ask(proxy, "1"), await ask(proxy, "2"), await ask(proxy, "3")]).toEqual([
      "a:1",
      "b:2",
      "a:3",
    ]);
  });

  test("goes to another endpoint where one does not answer", async () => {
    const [closed = 0] = await freePorts(1);
    const endpoints = [{ host: "127.0.0.1", port: closed }, await named("b")];
    const proxy = await listen(createProxy(() => endpoints));
    expect([await ask(proxy, "1"), await ask(proxy, "2")]).toEqual(["b:1", "b:2"]);
  });

  test("waits for an endpoint to appear", async () => {
    const endpoints: Endpoint[] = [];
    const proxy = await listen(createProxy(() => endpoints));
    const answer = ask(proxy, "x");
    await new Promise((resolve) => setTimeout(resolve, 150));
    endpoints.push(await named("late"));
    expect(await answer).toBe("late:x");
  });

  test("closes the connection when none appears", async () => {
    const proxy = await listen(createProxy(() => [], { patienceMs: 50 }));
    await expect(ask(proxy, "x").catch(() => "")).resolves.toBe("");
  });

  test("closes the endpoint's side when the client vanishes, and the client's when the endpoint resets", async () => {
    const accepted: Socket[] = [];
    const endpoint = await listen(
      createServer((socket) => accepted.push(socket.on("error", () => undefined))),
    );
    const proxy = await listen(createProxy(() => [endpoint]));

    const first = connect(proxy).on("error", () => undefined);
    await waitUntil(() => accepted.length === 1);
    first.resetAndDestroy();
    await waitUntil(() => accepted[0]?.destroyed === true);

    const second = connect(proxy);
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => second.once("error", resolve));
    await waitUntil(() => accepted.length === 2);
    accepted[1]?.resetAndDestroy();
    expect((await failed).code).toBe("ECONNRESET");
  });
});

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
