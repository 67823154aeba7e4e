import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { isAlive, startTimeOf, type ProcessIdentity } from "./identity.ts";

interface Holder extends ProcessIdentity {
  doing: "starting" | "stopping";
}

/**
 * Runs `work` while no other process starts or stops the sandbox in `dir`. A second one gets a sentence that
 * names the first. A lock whose process has ended is taken over.
 */
export async function withLock<T>(dir: string, doing: Holder["doing"], work: () => Promise<T>): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "cluster.lock");
  acquire(file, doing);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file: string, doing: Holder["doing"]): void {
  const mine: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) ?? "", doing };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        // A link appears with its content or not at all: no reader finds an empty lock.
        linkSync(draft, file);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const text = readIfThere(file);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder && isAlive(holder)) {
        throw new UserError(
          `Process ${holder.pid} is ${holder.doing} the sandbox in this folder; wait until it is done.`,
        );
      }
      removeStale(file, text);
    }
    throw new UserError(`The lock ${file} changes hands all the time; try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the lock only if it is still the dead one: another process may have replaced it since it was read. */
function removeStale(file: string, expected: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readIfThere(aside) !== expected) linkSync(aside, file);
    unlinkSync(aside);
  } catch {
    // Someone else removed it first.
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}
