import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Heard {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** An HTTP server on 127.0.0.1 that remembers what it was asked, and answers as it is told. */
export class Listener {
  readonly heard: Heard[] = [];
  readonly #server;

  constructor(answer: (heard: Heard, response: ServerResponse, count: number) => void) {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const heard = { method, path: url, headers, body: Buffer.concat(parts).toString("utf8") };
        this.heard.push(heard);
        answer(heard, response, this.heard.length);
      });
    });
  }

  /** Answers with the URL. */
  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A URL at which nothing listens. */
export async function deafUrl(): Promise<string> {
  const listener = new Listener(() => undefined);
  const url = await listener.start();
  await listener.stop();
  return url;
}
