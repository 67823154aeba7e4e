import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { bootId, type ProcessIdentity } from "./identity.ts";

/** Which cluster: the API server with fake nodes, the whole of it on this machine, or kind in Docker. */
export type Level = "rootless" | "full" | "kind";

/** A process the sandbox started. Its record is written before the process counts as started. */
export interface ProcessRecord extends ProcessIdentity {
  name: string;
  /** Absolute path of the file with its output. */
  log: string;
}

/** Ports by their use; one is chosen when it is first needed. */
export interface Ports {
  etcd?: number;
  etcdPeer?: number;
  api?: number;
  prometheus?: number;
  /** Of the forwarder to the internal listener of the Envoys. */
  internal?: number;
}

/** What `cluster.json` holds: enough to find and end everything, whenever the writer was killed. */
export interface ClusterState {
  version: 1;
  level: Level;
  bootId: string;
  /** Ports on 127.0.0.1, chosen once so that a restarted process is found where it was. */
  ports: Ports;
  /** Port on 127.0.0.1 of the forwarder to the Envoys. Full level and kind only. */
  gatewayPort?: number;
  /** Folders of the machine that had to be made as mount points. */
  createdFolders?: string[];
  /** The kernel's settings before the kubelet changed them. */
  kernelSettings?: Record<string, string>;
  processes: ProcessRecord[];
}

const file = (dir: string) => join(dir, "cluster.json");

/** The state of the cluster in `dir`, or undefined where none was started. */
export function readState(dir: string): ClusterState | undefined {
  let text;
  try {
    text = readFileSync(file(dir), "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as ClusterState;
  } catch {
    throw new UserError(
      `${file(dir)} is not readable JSON; delete it, then run "npm run sandbox -- down" again.`,
    );
  }
}

/** Writes the state at once and whole: a reader sees the old or the new one, never half of it. */
export function writeState(dir: string, state: ClusterState): void {
  mkdirSync(dir, { recursive: true });
  const draft = `${file(dir)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(draft, file(dir));
}

/** Forgets the cluster of `dir`. */
export const removeState = (dir: string): void => rmSync(file(dir), { force: true });

/** The state of a cluster that has started nothing yet. */
export const emptyState = (level: Level): ClusterState => ({
  version: 1,
  level,
  bootId: bootId(),
  ports: {},
  processes: [],
});
