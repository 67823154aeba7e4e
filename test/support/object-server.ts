import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Stored {
  metadata: { name: string; resourceVersion?: string };
}

/** As much of an API server as optimistic writes need: objects by path, each with a version that a write has to name. */
export class ObjectServer {
  readonly kubeconfig: string;
  readonly objects = new Map<string, Stored>();
  /** Called before each write: for somebody who is faster. */
  beforeWrite: (() => void) | undefined;
  #version = 0;
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server) {
    this.#server = server;
    this.#folder = mkdtempSync(join(tmpdir(), "objects-"));
    this.kubeconfig = join(this.#folder, "config");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({
        "current-context": "c",
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        clusters: [{ name: "c", cluster: { server: url } }],
        users: [{ name: "u", user: {} }],
      }),
    );
  }

  static async start(): Promise<ObjectServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const objects = new ObjectServer(server);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { status, answer } = objects.#answer(request.method ?? "", request.url ?? "", body);
        response.writeHead(status).end(JSON.stringify(answer));
      });
    });
    return objects;
  }

  put(path: string, object: Stored): Stored {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.objects.set(path, stored);
    return stored;
  }

  #answer(method: string, url: string, body: string): { status: number; answer: unknown } {
    if (method === "GET") {
      const found = this.objects.get(url);
      return found ? { status: 200, answer: found } : { status: 404, answer: { message: "not found" } };
    }
    this.beforeWrite?.();
    const object = JSON.parse(body) as Stored;
    const path = method === "POST" ? `${url}/${object.metadata.name}` : url;
    const found = this.objects.get(path);
    if (method === "POST" ? found : found?.metadata.resourceVersion !== object.metadata.resourceVersion)
      return { status: 409, answer: { message: "the object has been modified" } };
    return { status: 200, answer: this.put(path, object) };
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true });
  }
}
