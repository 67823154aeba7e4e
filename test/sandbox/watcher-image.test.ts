// What release/Dockerfile copies is all that the watcher loads: nothing else of the project is in its image.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { watcherFile } from "../../infra/config/watched.ts";
import { runProcess } from "../../sandbox/process.ts";
import { watcherFiles } from "../../sandbox/watcher-image.ts";
import { asRaw, loadEnvironment, stackFile } from "../support/stack-config.ts";

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "watcher-image-"));
  // An API server that has nothing.
  server = createServer((_request, response) => response.writeHead(404).end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("with these files alone, and production's config, it watches", async () => {
  const { files, entrypoint } = watcherFiles();
  expect(files.length).toBeGreaterThan(5);
  for (const { source, path } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(source, join(folder, path), { recursive: true, dereference: true });
  }
  const { config } = loadEnvironment(asRaw(stackFile("production")));
  writeFileSync(join(folder, "config.json"), watcherFile(config));
  const kubeconfig = {
    "current-context": "production",
    contexts: [{ name: "production", context: { cluster: "a", user: "a" } }],
    clusters: [
      { name: "a", cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
    ],
    users: [{ name: "a", user: { token: "a" } }],
  };
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  const [node, script = ""] = entrypoint;
  expect(node).toBe("/usr/local/bin/node");
  const file = join(folder, "config.json");
  const args = [join(folder, script), "watch", "--once", "--stack", "production", "--config-file", file];
  const env = { KUBECONFIG: join(folder, "kubeconfig"), HOME: "/nowhere" };
  const { code, stderr } = await runProcess(process.execPath, args, { cwd: "/", env });
  expect(stderr).toBe("watching pulse-messages, every 10 s\n");
  expect(code).toBe(0);
}, 30_000);
