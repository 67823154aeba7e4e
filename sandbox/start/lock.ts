import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, startTimeOf, type ProcessIdentity } from "../cluster/identity.ts";
import { UserError } from "../errors.ts";

interface Holder extends ProcessIdentity {
  /** As in "is running npm start". */
  doing: string;
}

const file = (dir: string): string => join(dir, "start.lock");

/** The living process that a lock file names. */
function holderIn(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Holder;
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** @throws UserError when another process works on the sandbox in `dir`; names it. */
export function refuseIfBusy(dir: string): void {
  const holder = holderIn(file(dir));
  if (holder && holder.pid !== process.pid) {
    throw new UserError(
      `Process ${holder.pid} is running ${holder.doing} in this folder; wait for its end or stop it with Ctrl-C.`,
    );
  }
}

/**
 * Runs `work` while no other process does so on the sandbox in `dir`; the lock of a dead process counts for nothing.
 * @throws UserError when a living one holds it.
 */
export async function alone<T>(dir: string, doing: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const mine: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) ?? "", doing };
  const draft = `${file(dir)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    takeLock(dir, draft);
  } finally {
    rmSync(draft, { force: true });
  }
  const release = (): void => rmSync(file(dir), { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** A link appears with its content or not at all, and only one of two starts gets it. */
function takeLock(dir: string, draft: string): void {
  for (let attempt = 0; attempt < 5; attempt++) {
    refuseIfBusy(dir);
    removeStale(dir);
    try {
      linkSync(draft, file(dir));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new UserError(`The lock ${file(dir)} changes hands all the time; try again.`);
}

/** Removes a dead process's lock; one that a living process took meanwhile is put back. */
function removeStale(dir: string): void {
  const aside = `${file(dir)}.${process.pid}.stale`;
  try {
    renameSync(file(dir), aside);
  } catch {
    return; // there is none, or somebody else was faster
  }
  if (holderIn(aside)) linkSync(aside, file(dir));
  rmSync(aside, { force: true });
}
