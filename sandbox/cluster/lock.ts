import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { takeLock } from "../lock.ts";

/**
 * Runs `work` while no other process starts or stops the sandbox in `dir`. A second one gets a sentence that
 * names the first. A lock whose process has ended is taken over.
 */
export async function withLock<T>(
  dir: string,
  doing: "starting" | "stopping",
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "cluster.lock");
  const holder = takeLock(file, doing);
  if (holder) {
    throw new UserError(
      `Process ${holder.pid} is ${holder.doing} the sandbox in this folder; wait until it is done.`,
    );
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
