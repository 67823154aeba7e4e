import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request as httpRequest, Agent } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import WebSocket from "ws";
import { parseMisbehaviour } from "../../sandbox/app/misbehave.ts";
import { projectRoot } from "../../sandbox/paths.ts";

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface RunningApp {
  url: string;
  child: ChildProcess;
  logs: () => string;
  exited: Promise<number | null>;
}

/** Starts the app as a pod would and waits for /health, unless it is meant to die. */
async function startApp(env: Record<string, string> = {}, waitForHealth = true): Promise<RunningApp> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(projectRoot, "sandbox/app/main.ts")], {
    env: { APP_VERSION: "1.2.3", COLOR: "blue", HOSTNAME: "pod-1", PORT: String(port), ...env },
  });
  running.push(child);
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; waitForHealth && tries < 200; tries++) {
    if ((await fetch(`${url}/health`).catch(() => undefined))?.ok) break;
    await delay(25);
  }
  return { url, child, logs: () => output, exited };
}

const misbehave = (url: string, body: unknown) =>
  fetch(`${url}/misbehave`, { method: "POST", body: JSON.stringify(body) });

test("answers with version, colour and pod, in the body and on every response's headers", async () => {
  const { url } = await startApp();
  const home = await fetch(url);
  expect(await home.json()).toEqual({ version: "1.2.3", color: "blue", pod: "pod-1" });
  for (const path of ["/", "/health", "/ready", "/metrics", "/nowhere"]) {
    const answer = await fetch(url + path);
    expect([path, answer.headers.get("x-app-version"), answer.headers.get("x-app-color")]).toEqual([
      path,
      "1.2.3",
      "blue",
    ]);
  }
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  expect((await fetch(`${url}/misbehave`)).status).toBe(405);
});

test("slow and stream do as their query says, and say what is allowed", async () => {
  const { url } = await startApp();
  expect(await (await fetch(`${url}/slow?ms=20`)).json()).toMatchObject({ ms: 20 });
  expect(await (await fetch(`${url}/stream?chunks=3&ms=5`)).text()).toBe("1\n2\n3\nend\n");
  const wrong = await fetch(`${url}/slow?ms=-1`);
  expect([wrong.status, await wrong.json()]).toEqual([
    400,
    { error: 'ms: is "-1", want a whole number from 0 to 120000' },
  ]);
});

test("metrics count requests by route and status, with colour and version", async () => {
  const { url } = await startApp();
  await fetch(url);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toMatch(/http_request_duration_seconds_count\{[^}]*route="\/"[^}]*status="200"[^}]*\} 1/);
  expect(text).toMatch(/http_request_duration_seconds_count\{[^}]*color="blue"/);
  expect(text).toContain("nodejs_eventloop_lag_seconds");
});

test("misbehaves when told to, and stops when told to", async () => {
  const { url, logs } = await startApp();
  expect((await misbehave(url, { errorRate: 1, unready: true })).status).toBe(200);
  expect((await fetch(url)).status).toBe(500);
  expect((await fetch(`${url}/ready`)).status).toBe(503);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  const levels = logs()
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { level: string }).level);
  expect(levels).toEqual(["info", "warn", "error"]);
  await misbehave(url, { errorRate: 0, unready: false, latencyMs: 80 });
  const before = performance.now();
  expect((await fetch(url)).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThanOrEqual(79);
  const wrong = await misbehave(url, { errorRate: 2 });
  expect([wrong.status, await wrong.json()]).toEqual([
    400,
    { error: "misbehave.errorRate: is 2, want a number from 0 to 1" },
  ]);
});

test("crashes and exits when told to, at start and later", async () => {
  const exiting = await startApp();
  await misbehave(exiting.url, { exit: 7 });
  expect(await exiting.exited).toBe(7);
  const crashing = await startApp({ MISBEHAVE: '{"crash":true}' }, false);
  expect(await crashing.exited).toBe(1);
  expect(crashing.logs()).toContain('"level":"error"');
  const wrong = await startApp({ MISBEHAVE: '{"crush":true}' }, false);
  expect(await wrong.exited).toBe(2);
  expect(wrong.logs()).toContain("MISBEHAVE: misbehave.crush: unknown, want one of errorRate");
});

test.each([
  ["[]", "misbehave: want an object with errorRate, latencyMs, unready, crash, exit"],
  ["{", "misbehave: not JSON"],
  ['{"exit":256}', "misbehave.exit: is 256, want an exit code from 0 to 255"],
  ['{"unready":1}', "misbehave.unready: is 1, want true or false"],
])("refuses %s", (json, message) => {
  expect(() => parseMisbehaviour(json)).toThrow(message);
});

test("SIGTERM: unready at once, in-flight and late requests answered, connections let go, exit 0", async () => {
  const { url, child, exited, logs } = await startApp();
  const agent = new Agent({ keepAlive: true });
  const slow = fetch(`${url}/slow?ms=1500`);
  const stream = fetch(`${url}/stream?chunks=15&ms=100`).then((answer) => answer.text());
  await fetch(`${url}/`);
  const sent = performance.now();
  child.kill("SIGTERM");
  await delay(100);
  expect((await fetch(`${url}/ready`)).status).toBe(503);
  const late = await new Promise<string | undefined>((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      response.resume();
      resolve(response.headers.connection);
    })
      .on("error", reject)
      .end();
  });
  expect(late).toBe("close");
  expect((await slow).status).toBe(200);
  expect(await stream).toMatch(/^1\n[^]*\n15\nend\n$/);
  expect(await exited).toBe(0);
  expect(performance.now() - sent).toBeLessThan(5_000);
  expect(logs()).toContain('"message":"drained"');
});

test("SIGTERM closes WebSockets with 1001 after their last echo", async () => {
  const { url, child, exited } = await startApp();
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  const [[upgrade]] = (await Promise.all([once(socket, "upgrade"), once(socket, "open")])) as [
    [{ headers: Record<string, string> }],
    unknown,
  ];
  expect(upgrade.headers["x-app-color"]).toBe("blue");
  socket.send("hello");
  const [echo] = (await once(socket, "message")) as [Buffer];
  expect(echo.toString()).toBe("hello");
  child.kill("SIGTERM");
  const [code] = (await once(socket, "close")) as [number];
  expect(code).toBe(1001);
  expect(await exited).toBe(0);
});
