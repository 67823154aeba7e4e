import type { IncomingHttpHeaders, RequestOptions } from "node:http";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";

export interface Question {
  url: string;
  method?: "GET" | "POST" | "PUT" | "PATCH";
  /** `host` asks for another host than the URL's. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** From the start to the last byte. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** From the start to the last byte. */
  ms: number;
}

/** There was no answer. The message is half a sentence ("refused the connection") and holds nothing secret. */
export class NoAnswer extends Error {
  /** Whether there was a connection: then the one that did not answer is whoever was asked, not the way to it. */
  readonly connected: boolean;

  constructor(message: string, connected: boolean) {
    super(message);
    this.connected = connected;
  }
}

/** More than any answer that is asked for here. */
const maxBytes = 20_000_000;

/** Asks once. Every status is an answer; redirects are not followed. @throws NoAnswer */
export function ask(question: Question): Promise<Answer> {
  const { url, method = "GET", headers = {}, body, timeoutMs, signal } = question;
  const began = performance.now();
  return new Promise((resolve, reject) => {
    let connected = false;
    const deadline = AbortSignal.timeout(timeoutMs);
    const options: RequestOptions = {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      },
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    };
    const fail = (error: Error) => reject(new NoAnswer(why(error, timeoutMs, deadline), connected));
    const send = url.startsWith("https:") ? requestTls : requestPlain;
    const request = send(url, options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        size += part.length;
        parts.push(part);
        if (size > maxBytes) request.destroy(new Error("answered with more than 20 MB"));
      });
      response.on("error", fail);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString("utf8"),
          ms: performance.now() - began,
        }),
      );
    });
    request.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => (connected = true));
      else connected = true;
    });
    request.on("error", fail);
    request.end(body);
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  ECONNRESET: "closed the connection",
  ENOTFOUND: "is not a known host",
  EAI_AGAIN: "is not a known host",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ETIMEDOUT: "cannot be reached",
};

function why(error: Error & { code?: string }, timeoutMs: number, deadline: AbortSignal): string {
  if (deadline.aborted) return `did not answer within ${timeoutMs / 1000} s`;
  return (
    reasons[error.code ?? ""] ?? (error.name === "AbortError" ? "did not answer in time" : error.message)
  );
}

/** A base URL and a path, with exactly one slash between. */
export const join = (base: string, path: string): string => `${base.replace(/\/+$/, "")}${path}`;
