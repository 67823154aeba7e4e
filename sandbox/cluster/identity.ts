import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When the kernel started it: clock ticks since boot on Linux, a date elsewhere. */
  startTime: string;
}

/** Environment variable that every process of a sandbox carries: the sandbox's folder. */
export const markerVariable = "PULSE_SANDBOX_DIR";

/** The start time of a running process, or undefined if there is none with this number (or it is a zombie). */
export function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform !== "linux") {
      return (
        execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined
      );
    }
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name may hold spaces and brackets: the fields count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs. */
export const isAlive = (identity: ProcessIdentity): boolean =>
  startTimeOf(identity.pid) === identity.startTime;

/** Changes at every start of the machine: process numbers of an earlier boot mean nothing. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * Running processes that carry the marker of the sandbox in `dir`, recorded or not: a start killed between the
 * launch of a process and its record leaves one, and containerd's shims inherit it. Linux only; elsewhere none.
 */
export function markedProcesses(dir: string): ProcessIdentity[] {
  if (process.platform !== "linux") return [];
  const marker = `${markerVariable}=${dir}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      const startTime = startTimeOf(Number(entry));
      return startTime !== undefined && environmentOf(entry).includes(marker)
        ? [{ pid: Number(entry), startTime }]
        : [];
    });
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
