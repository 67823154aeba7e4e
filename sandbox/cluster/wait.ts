import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";

/** How long and how often to look. */
export interface WaitOptions {
  /** What is waited for, as the subject of a sentence: "the API server". */
  what: string;
  /** Seconds before giving up. Default 60. */
  timeoutSeconds?: number;
  /** Milliseconds between looks. Default 75. */
  everyMs?: number;
  signal?: AbortSignal | undefined;
  /** Called before each look; throws where waiting has become pointless (a process died). */
  hopeless?: () => void;
  /** More to say when the time is up, such as the last line of a log. */
  hint?: () => string;
}

/**
 * Looks until `check` gives a value, and returns it. An error thrown by `check` means "not yet".
 * Throws the signal's reason when aborted, a UserError when the time is up.
 */
export async function waitFor<T>(
  check: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const { what, timeoutSeconds = 60, everyMs = 75, signal, hopeless, hint } = options;
  const deadline = Date.now() + timeoutSeconds * 1000;
  let last = "";
  for (;;) {
    signal?.throwIfAborted();
    hopeless?.();
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) {
      const more = [hint?.(), last].filter((text) => text !== undefined && text !== "").join(" ");
      throw new UserError(`${what} was not ready after ${timeoutSeconds} s. ${more}`.trim());
    }
    await sleep(everyMs, undefined, signal ? { signal } : {});
  }
}
