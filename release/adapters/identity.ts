import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { author } from "../../infra/domain/journal.ts";

/** A process, so that another one can tell whether it still lives: an id alone is used again by and by. */
export interface ProcessName {
  host: string;
  pid: number;
  /** The kernel's start time of the process; empty where there is no /proc. */
  start: string;
}

export const thisProcess = (): ProcessName => ({
  host: hostname(),
  pid: process.pid,
  start: startOf(process.pid),
});

/** True and false are known; undefined is another machine. */
export function isAlive({ host, pid, start }: ProcessName): boolean | undefined {
  if (host !== hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(pid);
  return start === "" || now === "" || now === start;
}

function startOf(pid: number): string {
  try {
    // The name in parentheses may hold spaces; the start time is the 20th field behind it.
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** Who does it, for people. */
export const whoami = (env: NodeJS.ProcessEnv): string => author(env, userName(), hostname());

/** A container's user may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? ""}`.trim();
  }
}
