import { readFileSync, writeFileSync } from "node:fs";

/** Settings that a kubelet changes on its machine when it starts. */
const changed = [
  "vm/overcommit_memory",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

/** The values now, to be put back when the sandbox stops. */
export function readKernelSettings(): Record<string, string> {
  return Object.fromEntries(
    changed.flatMap((name) => {
      try {
        return [[name, readFileSync(`/proc/sys/${name}`, "utf8").trim()]];
      } catch {
        return [];
      }
    }),
  );
}

/** Puts the values back. */
export function restoreKernelSettings(settings: Record<string, string>): void {
  for (const [name, value] of Object.entries(settings)) {
    try {
      writeFileSync(`/proc/sys/${name}`, value);
    } catch {
      // Read-only here: then the kubelet could not change it either.
    }
  }
}
