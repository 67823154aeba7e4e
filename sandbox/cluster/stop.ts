import { rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { bootId, isAlive, markedProcesses, type ProcessIdentity } from "./identity.ts";
import { endProcesses } from "./processes.ts";
import { readState, removeState } from "./state.ts";

/** Files and folders of a cluster; the Pulumi home and backend beside them are not the cluster's. */
const contents = [
  "certs",
  "etcd",
  "kubeconfig",
  "kubectl-cache",
  "kwok",
  "envoy-gateway",
  "containerd",
  "kubelet",
];

/** Ends everything of the cluster in `dir` and removes what it kept, except the logs. */
export async function stopEverything(dir: string, report: Report): Promise<void> {
  const state = readState(dir);
  const recorded = state?.bootId === bootId() ? state.processes : [];
  if (state) report("Ending the cluster's processes");
  const left: ProcessIdentity[] = await endProcesses(merge(recorded.filter(isAlive), markedProcesses(dir)));
  if (left.length > 0)
    throw new UserError(`These processes would not end: ${left.map(({ pid }) => pid).join(", ")}.`);
  for (const name of contents) rmSync(join(dir, name), { recursive: true, force: true });
  removeState(dir);
}

function merge(...lists: ProcessIdentity[][]): ProcessIdentity[] {
  return [...new Map(lists.flat().map((identity) => [identity.pid, identity])).values()];
}
