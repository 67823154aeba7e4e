import { rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { removeCgroup } from "./cgroups.ts";
import { removeContainerd } from "./containerd.ts";
import { bootId, isAlive, markedProcesses, type ProcessIdentity } from "./identity.ts";
import { restoreKernelSettings } from "./kernel-settings.ts";
import { stopKind } from "./kind.ts";
import { runToEnd } from "./kubectl.ts";
import { mountsBelow, removeCreatedFolders } from "./mounts.ts";
import { bridgeName, removeBridge } from "./network.ts";
import { runFolder, sandboxName } from "./places.ts";
import { endProcesses } from "./processes.ts";
import { readState, removeState, type ClusterState } from "./state.ts";

/** Files and folders of a cluster; the Pulumi home and backend beside them are not the cluster's. */
const contents = [
  "certs",
  "etcd",
  "kubeconfig",
  "kubectl-cache",
  "kwok",
  "kubelet",
  "envoy-gateway",
  "prometheus",
  "Corefile",
];

/**
 * Ends everything of the cluster in `dir` and removes what it kept, except the logs. Works from what it finds on the
 * machine as well as from the records, so that it clears up after a start that was killed at any point. Throws a
 * sentence that lists what would not go.
 */
export async function stopEverything(dir: string, report: Report): Promise<void> {
  const state = readState(dir);
  if (state?.level === "kind") await stopKind(report);
  else if (state) report("Ending the cluster's processes");
  const left = (await endAll(dir, state)).map(({ pid }) => `process ${pid}`);
  // Root's leftovers alone: a plain user's cluster has no containers.
  if (process.platform === "linux" && process.getuid?.() === 0)
    left.push(...(await clearMachine(dir, state)));
  if (left.length > 0) {
    throw new UserError(
      `The sandbox stopped, but this would not go: ${left.join(", ")}. Run the command again.`,
    );
  }
  for (const name of contents) rmSync(join(dir, name), { recursive: true, force: true });
  removeState(dir);
}

/** Ends recorded and marked processes, until no new one shows up: a dying one may just have started another. */
async function endAll(dir: string, state: ClusterState | undefined): Promise<ProcessIdentity[]> {
  const recorded = state?.bootId === bootId() ? state.processes : [];
  for (let round = 0; ; round++) {
    const running = new Map(
      [...recorded.filter(isAlive), ...markedProcesses(dir)].map((found) => [found.pid, found]),
    );
    if (running.size === 0) return [];
    const stubborn = await endProcesses([...running.values()]);
    if (stubborn.length > 0 || round === 10) return stubborn;
  }
}

/** Removes containers, mounts, network, cgroups and kernel settings. Returns what is left, in words. */
async function clearMachine(dir: string, state: ClusterState | undefined): Promise<string[]> {
  const cgroups = await removeCgroup(sandboxName(dir));
  const bridgeGone = await removeBridge(dir);
  const ours = [runFolder(dir), join(dir, "containerd")];
  for (const path of mountsBelow(ours)) await runToEnd("umount", ["--lazy", path]).catch(() => undefined);
  const mounts = mountsBelow(ours);
  // Never delete through a mount.
  if (mounts.length === 0) removeContainerd(dir);
  removeCreatedFolders(state?.createdFolders ?? []);
  if (state?.bootId === bootId()) restoreKernelSettings(state.kernelSettings ?? {});
  return [
    ...cgroups.map((path) => `cgroup ${path}`),
    ...(bridgeGone ? [] : [`network interface ${bridgeName}`]),
    ...mounts.map((path) => `mount ${path}`),
  ];
}
