import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../paths.ts";
import { isAlive } from "../process.ts";

interface Holder {
  pid: number;
  /** When the process started, so that a later process with the same id is not taken for it; "" where unknown. */
  started: string;
  what: string;
}

/** Field 22 of /proc/<pid>/stat; "" on systems without /proc. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

const holds = (holder: Holder): boolean => isAlive(holder.pid) && startTime(holder.pid) === holder.started;

/** Takes the lock by hard link, which is atomic and leaves no moment with an empty file. */
function tryLock(path: string, what: string): boolean {
  const own = `${path}.${process.pid}`;
  const holder: Holder = { pid: process.pid, started: startTime(process.pid), what };
  writeFileSync(own, JSON.stringify(holder));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes the lock of a dead process, unless another start has taken it over meanwhile. */
function breakStaleLock(path: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody else was faster
  }
  const holder = readHolder(aside);
  if (holder && holds(holder)) {
    try {
      linkSync(aside, path);
    } catch {
      // a third start holds it by now; the two run side by side, which the atomic renames allow
    }
  }
  rmSync(aside, { force: true });
}

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
  while (!tryLock(path, what)) {
    const holder = readHolder(path);
    if (holder && !holds(holder)) {
      breakStaleLock(path);
      continue;
    }
    const message = holder ? `waiting for process ${holder.pid}, which is ${holder.what}` : "";
    if (message !== announced && message !== "") report(message);
    announced = message;
    await sleep(pollMs, undefined, { signal });
  }
  try {
    return await body();
  } finally {
    rmSync(path, { force: true });
  }
}
