import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock, type Holder } from "../lock.ts";
import type { Report } from "../paths.ts";

/**
 * Runs `body` while no other process runs one under the same folder's lock; says whom it waits for and for what.
 * A lock whose process is dead is taken over.
 */
export async function withLock<T>(
  folder: string,
  what: string,
  report: Report,
  signal: AbortSignal | undefined,
  body: () => Promise<T>,
  /** Milliseconds between two looks at a lock that is held. */
  pollMs = 500,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "lock");
  let announced = "";
  for (let holder: Holder | undefined; (holder = takeLock(path, what, Infinity));) {
    const message = `waiting for process ${holder.pid}, which is ${holder.doing}`;
    if (message !== announced) report(message);
    announced = message;
    await sleep(pollMs, undefined, { signal });
  }
  try {
    return await body();
  } finally {
    rmSync(path, { force: true });
  }
}
