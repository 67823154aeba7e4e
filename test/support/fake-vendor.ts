import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
}

/** What to answer; an Answer without a body is empty. */
export interface Answer {
  status?: number;
  body?: unknown;
}

/** A server on this machine that speaks as much of a vendor's REST API as `answer` knows. */
export class FakeVendor {
  readonly asked: Asked[] = [];
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(answer: (asked: Asked) => Answer): Promise<FakeVendor> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", "http://localhost");
        const text = Buffer.concat(chunks).toString();
        const asked: Asked = {
          method: request.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: text === "" ? undefined : JSON.parse(text),
        };
        vendor.asked.push(asked);
        const { status = 200, body } = answer(asked);
        response.writeHead(status, { "content-type": "application/json" });
        response.end(body === undefined ? "" : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const vendor = new FakeVendor(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return vendor;
  }

  /** Requests as `METHOD /path`. */
  requests(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }

  stop(): Promise<void> {
    return this.#close();
  }
}

interface Item {
  id: number;
  number: number;
  body: string;
  title?: string;
  state: string;
  user: { type: string };
  pull_request?: object;
}

/** Issues and comments of one repository. */
export class FakeRepository {
  readonly name = "example/pulse-infra";
  readonly issues: Item[] = [];
  readonly comments: Item[] = [];

  add(list: "issues" | "comments", body: string, more: Partial<Item> = {}): Item {
    const number = this.issues.length + this.comments.length + 1;
    const item: Item = { id: number * 100, number, body, state: "open", user: { type: "Bot" }, ...more };
    this[list].push(item);
    return item;
  }

  readonly answer = ({ method, path, query, body }: Asked): Answer => {
    const rest = path.replace(`/repos/${this.name}/`, "");
    const page = (items: readonly Item[]): Answer => {
      const size = Number(query.get("per_page"));
      const start = (Number(query.get("page")) - 1) * size;
      return { body: items.slice(start, start + size) };
    };
    const change = (item: Item | undefined): Answer =>
      item ? { body: Object.assign(item, body) } : { status: 404, body: { message: "Not Found" } };
    const written = body as { body: string; title?: string };
    if (method === "GET" && rest === "issues")
      return page(this.issues.filter(({ state }) => state === query.get("state")));
    if (method === "POST" && rest === "issues")
      return { status: 201, body: this.add("issues", written.body, written) };
    if (method === "GET" && rest === "issues/7/comments") return page(this.comments);
    if (method === "POST" && rest === "issues/7/comments")
      return { status: 201, body: this.add("comments", written.body) };
    const [, comment] = /^issues\/comments\/(\d+)$/.exec(rest) ?? [];
    if (method === "PATCH" && comment !== undefined)
      return change(this.comments.find(({ id }) => String(id) === comment));
    const [, issue] = /^issues\/(\d+)$/.exec(rest) ?? [];
    if (method === "PATCH" && issue !== undefined)
      return change(this.issues.find(({ number }) => String(number) === issue));
    return { status: 404, body: { message: "Not Found" } };
  };
}
