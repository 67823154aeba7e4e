import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, startTimeOf, type ProcessIdentity } from "../cluster/identity.ts";
import { UserError } from "../errors.ts";

interface Holder extends ProcessIdentity {
  /** As in "is running npm start". */
  doing: string;
}

const file = (dir: string): string => join(dir, "start.lock");

function holderOf(dir: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file(dir), "utf8")) as Holder;
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** @throws UserError when another process works on the sandbox in `dir`; names it. */
export function refuseIfBusy(dir: string): void {
  const holder = holderOf(dir);
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
    refuseIfBusy(dir);
    rmSync(file(dir), { force: true });
    // A link appears with its content or not at all, and only one of two starts gets it.
    linkSync(draft, file(dir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") refuseIfBusy(dir);
    throw error;
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
