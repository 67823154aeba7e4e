import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/sys/fs/cgroup";

/** The top folders of all cgroup hierarchies: one on version 2, one a controller on version 1. */
function hierarchies(): string[] {
  if (existsSync(join(root, "cgroup.controllers"))) return [root];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name));
}

/** Makes the sandbox's own cgroup, below which the kubelet puts every pod: nothing else of the machine is touched. */
export function ensureCgroup(name: string): void {
  if (existsSync(join(root, "cgroup.controllers"))) enableControllers();
  for (const hierarchy of hierarchies()) mkdirSync(join(hierarchy, name), { recursive: true });
}

/** On version 2 a cgroup has only the controllers that its parent hands on; the kubelet wants all of these. */
function enableControllers(): void {
  for (const controller of ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"]) {
    try {
      writeFileSync(join(root, "cgroup.subtree_control"), `+${controller}`);
    } catch {
      // The kernel lacks it, or hands it on already: the kubelet says so if it cannot do without.
    }
  }
}

/** Kills every process in the sandbox's cgroup (all containers) and removes it. Returns what would not go. */
export async function removeCgroup(name: string): Promise<string[]> {
  if (!existsSync(root)) return [];
  const tops = hierarchies().map((hierarchy) => join(hierarchy, name));
  const deadline = Date.now() + 10_000;
  for (;;) {
    const folders = tops.filter(existsSync).flatMap(tree);
    if (folders.length === 0) return [];
    for (const folder of folders) {
      processesIn(folder).forEach(kill);
      tryRemove(folder);
    }
    if (tops.every((top) => !existsSync(top))) return [];
    if (Date.now() > deadline) return tops.filter(existsSync);
    await sleep(20);
  }
}

/** A folder and all below it, the deepest first. */
function tree(folder: string): string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...below.flatMap((entry) => tree(join(folder, entry.name))), folder];
  } catch {
    return [];
  }
}

function processesIn(folder: string): number[] {
  try {
    return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

function tryRemove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Its processes are still ending: the next round removes it.
  }
}
