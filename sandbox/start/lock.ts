import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { livingHolder, takeLock, type Holder } from "../lock.ts";

const file = (dir: string): string => join(dir, "start.lock");

const busy = ({ pid, doing }: Holder): UserError =>
  new UserError(
    `Process ${pid} is running ${doing} in this folder; wait for its end or stop it with Ctrl-C.`,
  );

/** @throws UserError when another process works on the sandbox in `dir`; names it. */
export function refuseIfBusy(dir: string): void {
  const holder = livingHolder(file(dir));
  if (holder && holder.pid !== process.pid) throw busy(holder);
}

/**
 * Runs `work` while no other process does so on the sandbox in `dir`; the lock of a dead process counts for nothing.
 * @throws UserError when a living one holds it.
 */
export async function alone<T>(dir: string, doing: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const holder = takeLock(file(dir), doing);
  if (holder) throw busy(holder);
  const release = (): void => rmSync(file(dir), { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}
