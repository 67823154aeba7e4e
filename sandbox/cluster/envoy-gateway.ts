import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostService } from "./addons.ts";
import { askApi, holds, type Conditioned } from "./api.ts";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { kubeconfigOf } from "./credentials.ts";
import { applyDefinitions, environmentDefinitions, gatewayClass } from "./definitions.ts";
import { envoyNamespace, envoyProxyObject, envoyProxyReference, gatewayController } from "./envoy-proxy.ts";
import type { FullTool } from "./full-tools.ts";
import { envoyGatewayImage, envoyImage } from "./images.ts";
import { apply, runToEnd } from "./kubectl.ts";
import { machineTool } from "./machine-tools.ts";
import { requireFree } from "./ports.ts";
import { waitFor } from "./wait.ts";
import { provideWebCertificate } from "./web-certificate.ts";

/** Ports that Envoy Gateway opens on this machine and does not let one choose. */
const fixedPorts = { health: 8081, xds: 18000, wasm: 18002, admin: 19000 };

/**
 * Runs Envoy Gateway as a process of this machine: it needs no image to be unpacked first and no way from pods to the
 * API server. Its certificates must lie in /certs, so its root is a folder of the sandbox.
 */
export async function startEnvoyGateway(context: Context<FullTool>): Promise<void> {
  const { dir, processes } = context;
  const root = join(dir, "envoy-gateway", "root");
  if (!processes.runs("envoy-gateway")) {
    for (const port of Object.values(fixedPorts)) {
      await requireFree(port, "0.0.0.0", "Envoy Gateway", "end that program: this port cannot be changed");
    }
    await Promise.all([
      applyDefinitions(context, await environmentDefinitions(dir)),
      makeCertificates(context),
    ]);
    await apply(context, [
      envoyProxyObject({
        envoyService: { type: "ClusterIP" },
        envoyDeployment: { container: { image: envoyImage } },
      }),
      gatewayClass(gatewayController, envoyProxyReference),
    ]);
    await provideWebCertificate(context);
    await fillRoot(context, root);
  }
  processes.ensure({
    name: "envoy-gateway",
    command: machineTool("chroot"),
    args: [root, "/envoy-gateway", "server", "--config-path", "/config.yaml"],
    env: { KUBECONFIG: "/kubeconfig", ENVOY_GATEWAY_NAMESPACE: envoyNamespace },
  });
}

/** The namespace with what lets Envoys find and trust Envoy Gateway: its name, and certificates for both sides. */
async function makeCertificates(context: Context<FullTool>): Promise<void> {
  const { dir, signal, tools } = context;
  await apply(context, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: envoyNamespace } },
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "envoy-gateway", namespace: envoyNamespace },
    },
    ...hostService(envoyNamespace, "envoy-gateway", [
      { name: "grpc", port: fixedPorts.xds },
      { name: "wasm", port: fixedPorts.wasm },
    ]),
  ]);
  await runToEnd(tools["envoy-gateway"], ["certgen", "--disable-topology-injector"], {
    signal,
    env: { KUBECONFIG: kubeconfigOf(dir), ENVOY_GATEWAY_NAMESPACE: envoyNamespace },
  });
}

/** Waits until Envoy Gateway has taken up its class: from then on a Gateway gets its Envoys. */
export async function waitForEnvoyGateway(context: Context<FullTool>): Promise<void> {
  const path = "/apis/gateway.networking.k8s.io/v1/gatewayclasses/envoy";
  const ask = () => askApi(context.dir, context.state.ports.api ?? 0, path);
  await waitFor(async () => holds(JSON.parse(await ask()) as Conditioned, "Accepted"), {
    ...waiting(context, "envoy-gateway"),
    what: "Envoy Gateway",
  });
}

/** Lays out the folder that Envoy Gateway sees as `/`: the program, its settings and its certificates. */
async function fillRoot(context: Context<FullTool>, root: string): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  for (const folder of ["certs", "tmp", "var/lib"])
    mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
  linkOrCopy(context.tools["envoy-gateway"], join(root, "envoy-gateway"));
  copyFileSync(kubeconfigOf(context.dir), join(root, "kubeconfig"));
  writeFileSync(join(root, "config.yaml"), JSON.stringify(configuration));
  const path = `/api/v1/namespaces/${envoyNamespace}/secrets/envoy-gateway`;
  const text = await askApi(context.dir, context.state.ports.api ?? 0, path);
  const { data } = JSON.parse(text) as { data: Record<string, string> };
  for (const [name, value] of Object.entries(data)) {
    writeFileSync(join(root, "certs", name), Buffer.from(value, "base64"), { mode: 0o600 });
  }
}

function linkOrCopy(from: string, to: string): void {
  if (existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    // Another disk, or a file system without links.
    copyFileSync(from, to);
  }
}

const configuration = {
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyGateway",
  gateway: { controllerName: gatewayController },
  admin: { address: { host: "127.0.0.1", port: fixedPorts.admin } },
  telemetry: { metrics: { prometheus: { disable: true } } },
  provider: {
    type: "Kubernetes",
    kubernetes: {
      shutdownManager: { image: envoyGatewayImage },
      leaderElection: { disable: true },
      proxyTopologyInjector: { disabled: true },
    },
  },
};
