import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isAlive, startTimeOf, type ProcessIdentity } from "./cluster/identity.ts";
import { UserError } from "./errors.ts";

/** The process that a lock file names. */
export interface Holder extends ProcessIdentity {
  /** What it is at, as half a sentence after "is". */
  doing: string;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The living process that holds the lock at `path`; a dead one's, or an unreadable lock, counts for nothing. */
export const livingHolder = (path: string): Holder | undefined => living(readIfThere(path) ?? "");

function living(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    // Without a start time any process could be meant.
    return typeof holder.startTime === "string" && isAlive(holder as Holder) ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock at `path`, whose folder exists, for this process; whoever takes it removes the file in the end.
 * Gives undefined when it is taken, else the living process that holds it.
 * @throws UserError where others took and left it at each of `attempts` looks (default 5).
 */
export function takeLock(path: string, doing: string, attempts = 5): Holder | undefined {
  const mine: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) ?? "", doing };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        // A link appears with its content or not at all, and only one of two processes gets it.
        linkSync(draft, path);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const found = readIfThere(path);
      if (found === undefined) continue;
      const holder = living(found);
      if (holder) return holder;
      removeStale(path, found);
    }
    throw new UserError(`The lock ${path} changes hands all the time; try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the lock only if it is still the dead one: another process may have replaced it since it was read. */
function removeStale(path: string, dead: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // there is none, or somebody else was faster
  }
  try {
    if (readIfThere(aside) !== dead) linkSync(aside, path);
  } catch {
    // a third process holds it by now
  } finally {
    rmSync(aside, { force: true });
  }
}
