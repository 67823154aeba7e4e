import { mkdirSync } from "node:fs";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { findOnPath } from "../process.ts";
import { ensureTools, versions } from "../toolchain/index.ts";
import { kubeconfigOf } from "./credentials.ts";
import { certManagerFiles, gatewayClass } from "./definitions.ts";
import { envoyNamespace, envoyProxyObject, envoyProxyReference, gatewayController } from "./envoy-proxy.ts";
import { apply, applyFiles, kubectl, runToEnd } from "./kubectl.ts";
import { defaultGatewayPorts, requireGatewayPorts, type GatewayPorts } from "./start-forwarder.ts";
import { writeState, type ClusterState } from "./state.ts";
import { provideWebCertificate } from "./web-certificate.ts";

/*
 * The cluster where there is Docker and no root: kind, whose images and Envoy Gateway come from their public
 * registries. Written to the documented behaviour of kind; it has NOT been run by the project's tests, because the
 * machines they run on have no Docker. There is no metrics server: HPAs stay at their minimum.
 */

const name = "pulse-infra";
/** The ports of the node that Docker publishes as the gateway's ports. */
const nodePorts: GatewayPorts = { https: 30_443, http: 30_080 };
const envoyGatewayManifest = `https://github.com/envoyproxy/gateway/releases/download/v${versions["envoy-gateway"]}/install.yaml`;

interface KindContext {
  dir: string;
  state: ClusterState;
  report: Report;
  signal?: AbortSignal | undefined;
}

/** Creates the kind cluster unless it exists, with Envoy Gateway answering on the gateway's port of 127.0.0.1. */
export async function startKind(context: KindContext, gatewayPorts: Partial<GatewayPorts>): Promise<void> {
  const { dir, state, report, signal } = context;
  const kubeconfig = `--kubeconfig=${kubeconfigOf(dir)}`;
  const tools = await ensureTools(["kubectl"], report, signal);
  mkdirSync(dir, { recursive: true });
  if (await kindExists(signal)) {
    await runToEnd(kind(), ["export", "kubeconfig", `--name=${name}`, kubeconfig], { signal });
  } else {
    const ports = { ...defaultGatewayPorts, ...gatewayPorts };
    await requireGatewayPorts(ports);
    state.gatewayPorts = ports;
    writeState(dir, state);
    report("Creating a kind cluster in Docker");
    const input = JSON.stringify(kindConfig(ports));
    await runToEnd(kind(), ["create", "cluster", `--name=${name}`, kubeconfig, "--config=-"], {
      signal,
      input,
    });
  }
  report("Installing Envoy Gateway");
  const cluster = { dir, tools, signal };
  await applyFiles(cluster, [envoyGatewayManifest]);
  const gateway = ["-n", envoyNamespace, "rollout", "status", "deployment/envoy-gateway", "--timeout=180s"];
  await kubectl(cluster, gateway);
  const service = {
    type: "NodePort",
    patch: {
      type: "StrategicMerge",
      value: {
        spec: {
          ports: [
            { port: 443, nodePort: nodePorts.https },
            { port: 80, nodePort: nodePorts.http },
          ],
        },
      },
    },
  };
  await apply(cluster, [
    envoyProxyObject({ envoyService: service }),
    gatewayClass(gatewayController, envoyProxyReference),
  ]);
  await applyFiles(cluster, await certManagerFiles());
  await provideWebCertificate(cluster);
}

/** Deletes the kind cluster. */
export async function stopKind(report: Report): Promise<void> {
  report("Deleting the kind cluster");
  await runToEnd(kind(), ["delete", "cluster", `--name=${name}`]);
}

/** Puts an image into the node of the kind cluster. */
export async function loadIntoKind(tar: string): Promise<void> {
  await runToEnd(kind(), ["load", "image-archive", tar, `--name=${name}`]);
}

async function kindExists(signal: AbortSignal | undefined): Promise<boolean> {
  return (await runToEnd(kind(), ["get", "clusters"], { signal })).split("\n").includes(name);
}

function kind(): string {
  const [path] = findOnPath("kind");
  if (path === undefined) {
    throw new UserError(
      "Without root the sandbox needs kind beside Docker: install it from https://kind.sigs.k8s.io.",
    );
  }
  return path;
}

function kindConfig(ports: GatewayPorts) {
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: [
      {
        role: "control-plane",
        extraPortMappings: (["https", "http"] as const).map((use) => ({
          containerPort: nodePorts[use],
          hostPort: ports[use],
          listenAddress: "127.0.0.1",
        })),
      },
    ],
  };
}
