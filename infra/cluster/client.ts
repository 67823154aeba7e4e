import http from "node:http";
import https from "node:https";
import { connect, type ClusterAccess, type Connection } from "./kubeconfig.ts";

/** The API server refused a request. */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The API server could not be reached, did not answer in time, or is only just starting. */
export class ApiUnreachable extends Error {}

interface Answer {
  status: number;
  body: string;
}

const answerWithinMs = 10_000;

/**
 * Reads and writes JSON at the API server that a kubeconfig names, over kept connections; connects at the first
 * request. Small on purpose: the official client takes half a second to load.
 */
export class ApiClient {
  readonly #access: ClusterAccess;
  #connection: Promise<Connection> | undefined;
  #agent: http.Agent | undefined;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /**
   * The object at a path, or undefined where there is none.
   * @throws ApiError, ApiUnreachable
   */
  async get(path: string): Promise<unknown> {
    return (await this.#request("GET", path))?.();
  }

  /** The body of a 200 answer as it is: logs, or lists that the caller takes apart. */
  async text(path: string, signal?: AbortSignal): Promise<string> {
    const { server } = await this.#connect();
    const answer = await this.#send("GET", path, undefined, signal);
    if (answer.status !== 200) throw refused(server, "GET", path, answer);
    return answer.body;
  }

  /** Makes an object. `path` is that of its collection. */
  post(path: string, body: object): Promise<unknown> {
    return this.#write("POST", path, body);
  }

  /** Replaces an object; with a resourceVersion in it, only if it is still that one (else an ApiError 409). */
  put(path: string, body: object): Promise<unknown> {
    return this.#write("PUT", path, body);
  }

  /** Server-side apply: makes `body` the whole of what `fieldManager` says about the object. */
  apply(path: string, body: object, fieldManager: string): Promise<unknown> {
    const query = `?fieldManager=${fieldManager}&force=true&fieldValidation=Strict`;
    return this.#write("PATCH", path + query, body, "application/apply-patch+yaml");
  }

  /** Deletes an object; true unless there was none. */
  async delete(path: string): Promise<boolean> {
    return (await this.#request("DELETE", path)) !== undefined;
  }

  async #write(method: string, path: string, body: object, contentType = "application/json") {
    const { server } = await this.#connect();
    const parse = await this.#request(method, path, { text: JSON.stringify(body), contentType });
    if (!parse)
      throw new ApiError(`The API server at ${server.origin} knows no ${path.split("?")[0] ?? ""}`, 404);
    return parse();
  }

  /** Undefined where there is no such object. */
  async #request(method: string, path: string, body?: { text: string; contentType: string }) {
    const { server } = await this.#connect();
    const answer = await this.#send(method, path, body);
    if (answer.status === 404) return undefined;
    if (answer.status < 200 || answer.status > 299) throw refused(server, method, path, answer);
    return () => JSON.parse(answer.body) as unknown;
  }

  #connect(): Promise<Connection> {
    return (this.#connection ??= connect(this.#access));
  }

  async #send(
    method: string,
    path: string,
    body?: { text: string; contentType: string },
    signal?: AbortSignal,
  ): Promise<Answer> {
    const { server, options, token } = await this.#connect();
    const protocol = server.protocol === "http:" ? http : https;
    this.#agent ??= new protocol.Agent({ keepAlive: true });
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    const headers = body && {
      "Content-Type": body.contentType,
      "Content-Length": Buffer.byteLength(body.text),
    };
    const request = protocol.request(url, {
      ...options,
      method,
      agent: this.#agent,
      timeout: answerWithinMs,
      ...(signal && { signal }),
      headers: {
        ...(options.headers as http.OutgoingHttpHeaders),
        ...(token && { Authorization: `Bearer ${token()}` }),
        ...headers,
      },
    });
    return new Promise<Answer>((resolve, reject) => {
      const fail = ({ message }: Error) =>
        reject(new ApiUnreachable(`The API server at ${server.origin} does not answer (${message})`));
      request.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", fail);
      });
      request.on("timeout", () => request.destroy(new Error(`no answer in ${answerWithinMs / 1000} s`)));
      request.on("error", fail);
      request.end(body?.text);
    });
  }
}

/** One that starts, stops or has too much to do is as good as away: the same question may be asked again. */
const busy = (status: number): boolean => status === 429 || status >= 500;

function refused(server: URL, method: string, path: string, answer: Answer): ApiError | ApiUnreachable {
  if (busy(answer.status))
    return new ApiUnreachable(`The API server at ${server.origin} does not answer (${reason(answer)})`);
  const what = `${method} ${path.split("?fieldManager")[0] ?? ""}`;
  return new ApiError(`The API server at ${server.origin} refuses ${what}: ${reason(answer)}`, answer.status);
}

function reason({ status, body }: Answer): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return message ?? `status ${status}`;
  } catch {
    return `status ${status}`;
  }
}
