import { setTimeout as delay } from "node:timers/promises";
import { ask, NoAnswer, type Answer, type Question } from "../http.ts";

/** One try; a vendor that hangs leaves time for another. */
const tryMs = 3_000;
const firstPauseMs = 250;

/** What could not be told, as a sentence. It never holds a URL, a header or a body: these have the secrets. */
export class NotTold extends Error {}

/**
 * Sends until there is an answer other than "later" (429, 5xx, none), or `signal` aborts. Waits as long as the vendor
 * asks for. A try whose answer got lost may have arrived: a message can come twice, but not never.
 */
export async function deliver(
  vendor: string,
  question: Omit<Question, "timeoutMs" | "signal">,
  signal: AbortSignal,
): Promise<Answer> {
  let last = "was not reached in time";
  const ended = () => signal.aborted;
  for (let attempt = 0; !ended(); attempt++) {
    let pauseMs = firstPauseMs * 2 ** attempt;
    try {
      const answer = await ask({ ...question, timeoutMs: tryMs, signal });
      if (answer.status !== 429 && answer.status < 500) return answer;
      last = `answered with status ${answer.status}`;
      pauseMs = retryAfterMs(answer) ?? pauseMs;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw new NotTold(`${vendor} could not be asked.`);
      // What the end of the patience looks like says nothing about the vendor.
      if (!ended() || attempt === 0) last = error.message;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  throw new NotTold(`${vendor} ${last}.`);
}

/** Retry-After in seconds or as a date. */
function retryAfterMs({ headers }: Answer): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** A request with a JSON body. */
export const json = (url: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  ({
    url,
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "user-agent": "pulse-infra", ...headers },
    body: JSON.stringify(body),
  }) as const;

/** @throws NotTold for a status that is no success; the vendor's own words stay out, they may repeat what was sent. */
export function requireSuccess(vendor: string, { status }: Answer): void {
  if (status >= 200 && status < 300) return;
  const hint = status === 401 || status === 403 ? "; is its token right?" : ".";
  throw new NotTold(`${vendor} answered with status ${status}${hint}`);
}
