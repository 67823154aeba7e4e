import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureCgroup } from "./cgroups.ts";
import type { Context } from "./context.ts";
import { credential, kubeconfigOf, nodeAddress } from "./credentials.ts";
import type { FullTool } from "./full-tools.ts";
import { readKernelSettings } from "./kernel-settings.ts";
import { inMountNamespace } from "./mounts.ts";
import { containerdSocket, sandboxName } from "./places.ts";
import { writeState } from "./state.ts";

/** Starts the kubelet. It answers the API server alone (client certificates), on the bridge's address. */
export function startKubelet(context: Context<FullTool>): void {
  const { dir, processes, state, tools } = context;
  const cgroup = sandboxName(dir);
  state.kernelSettings ??= readKernelSettings();
  writeState(dir, state);
  ensureCgroup(cgroup);
  const folder = join(dir, "kubelet");
  mkdirSync(folder, { recursive: true });
  // Pods ask the sandbox's DNS; nothing of the machine's own resolver settings reaches them.
  writeFileSync(join(folder, "resolv.conf"), "");
  writeFileSync(join(folder, "config.json"), JSON.stringify(kubeletConfig(dir, cgroup), undefined, 2));
  processes.ensure(
    inMountNamespace(context, {
      name: "kubelet",
      command: tools.kubelet,
      args: [
        `--config=${join(folder, "config.json")}`,
        `--kubeconfig=${kubeconfigOf(dir)}`,
        "--hostname-override=pulse",
        `--node-ip=${nodeAddress}`,
        "--node-labels=topology.kubernetes.io/zone=local",
      ],
    }),
  );
}

function kubeletConfig(dir: string, cgroup: string) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: nodeAddress,
    // The health port would be one more fixed port on 127.0.0.1.
    healthzPort: 0,
    tlsCertFile: credential(dir, "kubelet.crt"),
    tlsPrivateKeyFile: credential(dir, "kubelet.key"),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: credential(dir, "ca.crt") },
    },
    authorization: { mode: "AlwaysAllow" },
    containerRuntimeEndpoint: `unix://${containerdSocket(dir)}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroup}`,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // Version 1 is all that some machines have; from Kubernetes 1.35 it must be allowed by name.
    failCgroupV1: false,
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    volumePluginDir: join(dir, "kubelet", "volume-plugins"),
    podLogsDir: join(dir, "logs", "pods"),
    resolvConf: join(dir, "kubelet", "resolv.conf"),
    clusterDNS: [nodeAddress],
    clusterDomain: "cluster.local",
    // Someone's nearly full disk is no reason to evict pods or delete the only copy of an image.
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%" },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
  };
}
