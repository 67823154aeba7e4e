import { createHash } from "node:crypto";
import { join } from "node:path";

/** Name of what the sandbox in `dir` owns on the machine (cgroup, run folder): short, and one per folder. */
export const sandboxName = (dir: string): string =>
  `pulse-infra-${createHash("sha256").update(dir).digest("hex").slice(0, 8)}`;

/** Folder for sockets: their paths may not be longer than 107 characters, which `dir` may be by itself. */
export const runFolder = (dir: string): string => join("/run", sandboxName(dir));

/** containerd's socket. */
export const containerdSocket = (dir: string): string => join(runFolder(dir), "containerd.sock");
