import { readdirSync, readFileSync } from "node:fs";

/** Every process below one, however deep; the nearest first. */
export function descendants(root: number): { pid: number; name: string }[] {
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        const [, name = "", rest = ""] = /^\d+ \((.*)\) (.*)$/.exec(stat) ?? [];
        return [{ pid: Number(entry), parent: Number(rest.split(" ")[1]), name }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
  const below = (parent: number): { pid: number; name: string }[] =>
    processes
      .filter((process) => process.parent === parent)
      .flatMap(({ pid, name }) => [{ pid, name }, ...below(pid)]);
  return below(root);
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
