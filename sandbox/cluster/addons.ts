import { readFileSync, writeFileSync } from "node:fs";
import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { credential, kubeconfigOf, nodeAddress } from "./credentials.ts";
import type { FullTool } from "./full-tools.ts";
import { apply } from "./kubectl.ts";
import { requireFree } from "./ports.ts";
import { waitFor } from "./wait.ts";

const metricsPort = 4443;

/** Starts the cluster's DNS as a process on the bridge's address. It knows no names but the cluster's. */
export async function startDns(context: Context<FullTool>): Promise<void> {
  const { dir, processes, tools, signal } = context;
  const corefile = join(dir, "Corefile");
  writeFileSync(
    corefile,
    `.:53 {
  bind ${nodeAddress}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfigOf(dir)} sandbox
    ttl 5
  }
}
`,
  );
  processes.ensure({ name: "coredns", command: tools.coredns, args: ["-conf", corefile] });
  const client = new Resolver({ timeout: 500, tries: 1 });
  client.setServers([nodeAddress]);
  await waitFor(async () => (await client.resolve4("kubernetes.default.svc.cluster.local")).length > 0, {
    ...waiting(context, "coredns"),
    signal,
    what: "The cluster's DNS",
    timeoutSeconds: 30,
  });
}

/** Starts the metrics server as a process beside the cluster and registers its API. HPAs and `kubectl top` use it. */
export async function startMetrics(context: Context<FullTool>): Promise<void> {
  const { dir, processes, tools } = context;
  if (!processes.runs("metrics-server")) {
    await requireFree(metricsPort, nodeAddress, "the metrics server", "end that program");
  }
  const kubeconfig = kubeconfigOf(dir);
  processes.ensure({
    name: "metrics-server",
    command: tools["metrics-server"],
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--bind-address=${nodeAddress}`,
      `--secure-port=${metricsPort}`,
      `--tls-cert-file=${credential(dir, "metrics-server.crt")}`,
      `--tls-private-key-file=${credential(dir, "metrics-server.key")}`,
      `--kubelet-certificate-authority=${credential(dir, "ca.crt")}`,
      `--kubelet-client-certificate=${credential(dir, "kubelet-client.crt")}`,
      `--kubelet-client-key=${credential(dir, "kubelet-client.key")}`,
      "--kubelet-preferred-address-types=InternalIP",
      "--metric-resolution=10s",
      "--kubelet-request-timeout=5s",
    ],
  });
  await apply(context, [
    ...hostService("kube-system", "metrics-server", [{ name: "https", port: metricsPort }]),
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.metrics.k8s.io" },
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: "metrics-server", namespace: "kube-system", port: metricsPort },
        caBundle: readFileSync(credential(dir, "ca.crt")).toString("base64"),
      },
    },
  ]);
}

/** A headless Service whose endpoint is a process on the bridge's address: pods find it by the cluster's DNS. */
export function hostService(
  namespace: string,
  name: string,
  ports: readonly { name: string; port: number }[],
) {
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { clusterIP: "None", ports },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports,
      endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
    },
  ];
}
