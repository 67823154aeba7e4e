import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../errors.ts";
import type { LoadHandle } from "./types.ts";

export interface MoveOptions {
  /** The colour that takes over and the one that must fall silent. */
  from: string;
  to: string;
  /** No answer of the old colour for this long means that all traffic has moved, in milliseconds; default 1000. */
  quietMs?: number;
  /** Gives up after this long, in milliseconds; default 30,000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Waits until only the new colour answers; gives the time of the old colour's last answer (milliseconds since 1970).
 * @throws UserError when the old colour still answers at the end of `timeoutMs`.
 */
export async function waitUntilMoved(load: LoadHandle, options: MoveOptions): Promise<number> {
  const { from, to, quietMs = 1_000, timeoutMs = 30_000, signal } = options;
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const now = Date.now();
    const lastOld = load.lastAnswerOf(from) ?? 0;
    const lastNew = load.lastAnswerOf(to) ?? 0;
    // A stall of everything is not a move: the new colour must be answering now.
    if (now - lastOld >= quietMs && now - lastNew < quietMs) return lastOld;
    await delay(50, undefined, signal ? { signal } : {});
  }
  throw new UserError(
    `traffic: ${from} still answers, or ${to} does not, ${timeoutMs / 1_000} s after the switch`,
  );
}
