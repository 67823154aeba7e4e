import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./kubeconfig.ts";
import { get, getList, getNumber, getString, isObject, type Json, type JsonObject } from "./values.ts";

/** The API server answered with an error; the message is its own sentence. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** The machine-readable reason of the Status object: NotFound, Conflict, Invalid... */
  readonly reason: string;
  readonly body: JsonObject;

  constructor(status: number, body: JsonObject, fallback: string) {
    super(getString(body, "message") ?? fallback);
    this.status = status;
    this.reason = getString(body, "reason") ?? "";
    this.body = body;
  }
}

/** The API server does not answer at all. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

export interface RequestOptions {
  query?: Record<string, string | undefined>;
  body?: JsonObject;
  contentType?: string;
  signal?: AbortSignal;
  /** Called with each warning that the server sends along with its answer: something is deprecated, or has no effect. */
  warn?: (message: string) => void;
}

/** Milliseconds between attempts while the server is away or overloaded: under three seconds in all. */
const retryDelays = [100, 300, 800, 1500];
const requestTimeout = 30_000;

const isAway = (code: string): boolean =>
  [
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "UND_ERR_SOCKET",
  ].includes(code);

const why: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
  ETIMEDOUT: "no answer in time",
  ENOTFOUND: "its host name cannot be resolved",
  EAI_AGAIN: "its host name cannot be resolved",
  EHOSTUNREACH: "no route to its host",
  ENETUNREACH: "no route to its network",
};

interface Answer {
  status: number;
  text: string;
  /** Its Warning headers. */
  warnings: readonly string[];
}

/** One API server, over kept-alive connections. All calls here are safe to repeat, and are repeated for a short while. */
export class KubeClient {
  readonly #connection: Connection;
  readonly #agent: http.Agent;
  readonly #delays: readonly number[];
  #credentials: Promise<Credentials> | undefined;

  constructor(connection: Connection, delays: readonly number[] = retryDelays) {
    this.#connection = connection;
    this.#delays = delays;
    const keep = { keepAlive: true, maxSockets: 32 };
    this.#agent = connection.server.startsWith("https:") ? new https.Agent(keep) : new http.Agent(keep);
  }

  get server(): string {
    return this.#connection.server;
  }

  /** The parsed answer. Throws ApiError for an answer that is an error, UnreachableError for none. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<JsonObject> {
    for (let attempt = 0; ; attempt++) {
      const delay = this.#delays[attempt];
      try {
        const answer = await this.#send(method, path, options);
        const body = parseBody(answer.text);
        if (options.warn) warningsOf(answer.warnings).forEach(options.warn);
        if (answer.status < 400) return body;
        const error = new ApiError(
          answer.status,
          body,
          `${method} ${path}: HTTP ${answer.status} ${answer.text.slice(0, 200)}`,
        );
        if (answer.status === 401)
          throw new UnreachableError(
            `the API server at ${this.server} refuses the kubeconfig's credentials (401)`,
          );
        const seconds = getNumber(body, "details", "retryAfterSeconds");
        const busy = answer.status === 429 || answer.status === 503 || answer.status === 504;
        if (!busy || delay === undefined) throw error;
        await sleep(Math.max(delay, Math.min(seconds ?? 0, 5) * 1000), undefined, { signal: options.signal });
      } catch (error) {
        if (error instanceof ApiError || error instanceof UnreachableError) throw error;
        options.signal?.throwIfAborted();
        const code = (error as NodeJS.ErrnoException).code ?? "";
        if (!isAway(code) || delay === undefined)
          throw new UnreachableError(
            `the API server at ${this.server} does not answer: ${why[code] ?? (error as Error).message}`,
          );
        await sleep(delay, undefined, { signal: options.signal });
      }
    }
  }

  async #send(method: string, path: string, options: RequestOptions): Promise<Answer> {
    const url = new URL(this.server + path);
    for (const [key, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) url.searchParams.set(key, value);
    this.#credentials ??= credentialsOf(this.#connection);
    const { headers, tls } = await this.#credentials;
    const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
    const request = (url.protocol === "https:" ? https : http).request(url, {
      method,
      agent: this.#agent,
      headers: {
        ...headers,
        accept: "application/json",
        "user-agent": "pulse-infra-kubernetes-stand-in",
        ...(payload === undefined
          ? {}
          : {
              "content-type": options.contentType ?? "application/json",
              "content-length": Buffer.byteLength(payload),
            }),
      },
      ...tls,
      timeout: requestTimeout,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return new Promise((resolve, reject) => {
      request.on("error", reject);
      request.on("timeout", () =>
        request.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
      );
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString("utf8"),
            warnings: response.headersDistinct.warning ?? [],
          }),
        );
      });
      request.end(payload);
    });
  }
}

function parseBody(text: string): JsonObject {
  try {
    const body = JSON.parse(text) as Json;
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

/** The texts of Warning headers: `299 - "text"`, several of them behind commas. */
function warningsOf(headers: readonly string[]): string[] {
  const quoted = headers.flatMap((header) => [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)]);
  return quoted.map(([, text = ""]) => text.replace(/\\(.)/g, "$1"));
}

interface Credentials {
  headers: Record<string, string>;
  tls: https.RequestOptions;
}

async function credentialsOf(connection: Connection): Promise<Credentials> {
  const { user } = connection;
  const tls: https.RequestOptions = { rejectUnauthorized: !connection.insecure };
  if (connection.ca) tls.ca = connection.ca;
  if (connection.cert) tls.cert = connection.cert;
  if (connection.key) tls.key = connection.key;
  if (connection.serverName) tls.servername = connection.serverName;
  const headers: Record<string, string> = {};
  if (user?.token) headers.authorization = `Bearer ${user.token.trim()}`;
  else if (user?.username)
    headers.authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
  if (user?.impersonateUser) headers["impersonate-user"] = user.impersonateUser;
  if (user?.exec || user?.authProvider) {
    const { ExecAuth } = await import("@kubernetes/client-node/dist/exec_auth.js");
    const options: https.RequestOptions & { headers: Record<string, string> } = { headers: {} };
    try {
      await new ExecAuth().applyAuthentication(user, options);
    } catch (error) {
      throw new UnreachableError(
        `the kubeconfig's credential command failed: ${(error as Error).message.trim()}`,
      );
    }
    if (options.cert) tls.cert = options.cert;
    if (options.key) tls.key = options.key;
    const bearer = options.headers.Authorization;
    if (bearer) headers.authorization = bearer;
  }
  return { headers, tls };
}

/** The parts of a Status object's `details.causes`. */
export const causesOf = (error: ApiError): { reason: string; message: string; field: string }[] =>
  getList(get(error.body, "details"), "causes").map((cause) => ({
    reason: getString(cause, "reason") ?? "",
    message: getString(cause, "message") ?? "",
    field: getString(cause, "field") ?? "",
  }));
