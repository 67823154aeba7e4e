import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import type { Context } from "./context.ts";
import { machineTool } from "./machine-tools.ts";
import type { ProcessSpec } from "./processes.ts";
import { writeState } from "./state.ts";
import { waitFor } from "./wait.ts";
import { waiting } from "./control-plane.ts";

/**
 * Folders that containerd and the kubelet insist on. Inside the sandbox's mount namespace each is an empty tmpfs, so
 * that nothing of the machine's own containerd, kubelet or logs is seen or written.
 */
const masked = ["/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log"];

/** The process that holds the mount namespace open. */
export const mountHolder = "mounts";

/**
 * Makes the mount namespace that containerd, the kubelet and all containers live in. Mounts are private to it and
 * vanish with its last process, so that no crash can leave one behind. A sleeping process holds it open.
 */
export async function ensureMountNamespace(context: Context): Promise<void> {
  const { processes, state, dir } = context;
  const missing = masked.filter((folder) => !existsSync(folder));
  state.createdFolders = [...new Set([...(state.createdFolders ?? []), ...missing])];
  writeState(dir, state);
  for (const folder of missing) mkdirSync(folder, { recursive: true });

  const mount = machineTool("mount");
  const script = masked.map((folder) => `${mount} -t tmpfs -o mode=755 pulse-sandbox ${folder}`).join(" && ");
  processes.ensure({
    name: mountHolder,
    command: machineTool("unshare"),
    args: ["--mount", "--propagation", "private", "--", "/bin/sh", "-c", `${script} && exec sleep infinity`],
  });
  await waitFor(
    () => Promise.resolve(masked.every((folder) => isMasked(processes.find(mountHolder)?.pid, folder))),
    {
      ...waiting(context, mountHolder),
      what: "The sandbox's mount namespace",
      timeoutSeconds: 10,
      everyMs: 10,
    },
  );
}

/** The same process, to be run inside the sandbox's mount namespace. */
export function inMountNamespace({ processes }: Context, spec: ProcessSpec): ProcessSpec {
  const namespace = `--mount=/proc/${processes.find(mountHolder)?.pid ?? 0}/ns/mnt`;
  return { ...spec, command: machineTool("nsenter"), args: [namespace, "--", spec.command, ...spec.args] };
}

/** Removes the folders that the start had to make as mount points, as far as they are still empty. */
export function removeCreatedFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch {
      // Something else uses it by now.
    }
  }
}

/** Mounts of this machine (outside the namespace) below these folders, deepest first. */
export function mountsBelow(
  folders: readonly string[],
  mountinfo = readFileSync("/proc/self/mountinfo", "utf8"),
) {
  return mountinfo
    .trim()
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)))
    .sort((a, b) => b.length - a.length);
}

function isMasked(pid: number | undefined, folder: string): boolean {
  if (pid === undefined) return false;
  const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n");
  return lines.some((line) => line.split(" ")[4] === folder && line.includes(" pulse-sandbox "));
}
