import { startDns, startMetrics } from "./addons.ts";
import { startContainerd } from "./containerd.ts";
import type { Context } from "./context.ts";
import { startControlPlane } from "./control-plane.ts";
import { credential, ensureCredentials } from "./credentials.ts";
import { startEnvoyGateway, waitForEnvoyGateway } from "./envoy-gateway.ts";
import type { FullTool } from "./full-tools.ts";
import { importSystemImages } from "./images.ts";
import { startKubelet } from "./kubelet.ts";
import { ensureMountNamespace, mountHolder } from "./mounts.ts";
import { bridgeExists, ensureBridge, requireNetwork } from "./network.ts";
import { waitForNodes } from "./nodes.ts";
import type { Processes } from "./processes.ts";
import { startPrometheus } from "./prometheus.ts";
import { chooseGatewayPort, startForwarder } from "./start-forwarder.ts";

/** A whole cluster of one node on this machine: kubelet, containerd, DNS, metrics and Envoy Gateway. Needs root. */
export async function startFull(
  options: Context<FullTool>,
  gatewayPort: number | undefined,
  scrapeSeconds: number,
): Promise<void> {
  const { dir, report, processes, signal } = options;
  const failure = new AbortController();
  const signals = signal ? [signal, failure.signal] : [failure.signal];
  const context = { ...options, signal: AbortSignal.any(signals) };
  const steps: Promise<void>[] = [];
  /** Runs a step beside the others; the first that fails ends them all. */
  const begin = (...added: Promise<void>[]) => {
    for (const step of added) step.catch((error: unknown) => failure.abort(error));
    steps.push(...added);
  };

  try {
    requireNetwork(dir);
    await chooseGatewayPort(context, gatewayPort);
    report("Making the pods' network");
    await ensureBridge(dir);
    await ensureMountNamespace(context);
    ensureCredentials(dir);
    report("Starting containerd and the API server");
    const containerd = startContainerd(context);
    const controlPlane = startControlPlane(context, { apiserverArgs: apiserverArgs(dir) });
    const images = containerd.then(() => importSystemImages(context));
    begin(containerd, controlPlane, images);
    await Promise.all([containerd, controlPlane]);
    report("Starting the kubelet, DNS, metrics, Prometheus and Envoy Gateway");
    startKubelet(context);
    begin(
      startDns(context),
      startMetrics(context),
      startPrometheus(context, scrapeSeconds),
      startEnvoyGateway(context),
      waitForNodes(context, "kubelet", 1),
    );
    await Promise.all(steps);
    await Promise.all([startForwarder(context), waitForEnvoyGateway(context)]);
    processes.mustBeAlive(...context.state.processes.map(({ name }) => name));
  } finally {
    // Nothing may go on in the background once the caller has been told how it ended.
    await Promise.allSettled(steps);
  }
}

/**
 * Whether what all the rest hangs on still stands. Without its mount namespace or its bridge the running pieces of a
 * cluster cannot be joined by new ones: it must be started anew.
 */
export function foundationStands(processes: Processes): boolean {
  return processes.runs(mountHolder) && bridgeExists();
}

/** The API server as a client: of the kubelet (logs, exec) and of the metrics API. */
function apiserverArgs(dir: string): string[] {
  const file = (name: string) => credential(dir, name);
  return [
    "--kubelet-preferred-address-types=InternalIP",
    `--kubelet-certificate-authority=${file("ca.crt")}`,
    `--kubelet-client-certificate=${file("kubelet-client.crt")}`,
    `--kubelet-client-key=${file("kubelet-client.key")}`,
    `--proxy-client-cert-file=${file("front-proxy.crt")}`,
    `--proxy-client-key-file=${file("front-proxy.key")}`,
    `--requestheader-client-ca-file=${file("ca.crt")}`,
    "--requestheader-allowed-names=front-proxy",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    // There is no kube-proxy: the API server reaches aggregated APIs by their endpoints.
    "--enable-aggregator-routing=true",
  ];
}
