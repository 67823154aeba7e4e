import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { cacheDir } from "../paths.ts";
import { runProcess } from "../process.ts";

/** Where the finished binaries of one tool and version lie. */
export const toolFolder = (name: string, version: string): string =>
  join(cacheDir(), "tools", `${name}-${version}`);

/**
 * Gives `body` an empty folder on the cache's disk, so that what it makes can be renamed into place at once, and
 * removes the folder whatever happens.
 */
export async function inWorkFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(cacheDir(), "tmp");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "work-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes what killed runs left in the work folder; only while holding the lock. */
export function clearWorkFolders(): void {
  rmSync(join(cacheDir(), "tmp"), { recursive: true, force: true });
}

/** Bytes for people: 1.2 GB, 35 MB. */
export function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** Seconds for people: 45s, 1m20s. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60
    ? `${seconds}s`
    : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

function freeBytes(): number {
  mkdirSync(cacheDir(), { recursive: true });
  const { bavail, bsize } = statfsSync(cacheDir());
  return bavail * bsize;
}

/** The sentence for a full disk. `neededBytes` is what the whole job takes, not what is missing. */
export function diskFull(neededBytes: number, free: number = freeBytes()): UserError {
  return new UserError(
    `not enough disk space in ${cacheDir()}: ${size(free)} free, about ${size(neededBytes)} needed to build the ` +
      "tools. Free some space, or set PULSE_CACHE_DIR to a folder on another disk, and run the command again: " +
      "it goes on where it stopped.",
  );
}

/**
 * Throws the disk-full sentence where less than `neededBytes` are free. What an interrupted build has left of sources
 * and compiled packages counts as had: the next one goes on from there.
 */
export async function requireDisk(neededBytes: number, free: number = freeBytes()): Promise<void> {
  if (free >= neededBytes) return;
  const { stdout } = await runProcess("du", ["-sk", join(cacheDir(), "go")]);
  const had = Number(/^\d+/.exec(stdout)?.[0] ?? 0) * 1024;
  if (free + had < neededBytes) throw diskFull(neededBytes, free);
}

/** Whether an error or a program's output says that the disk is full. */
export function meansDiskFull(problem: unknown): boolean {
  if (typeof problem === "string") return /no space left on device|ENOSPC|disk quota exceeded/i.test(problem);
  const code = (problem as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOSPC" || code === "EDQUOT";
}
