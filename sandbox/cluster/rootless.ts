import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ToolName } from "../toolchain/index.ts";
import { controlPlaneTools, type Context } from "./context.ts";
import { startControlPlane } from "./control-plane.ts";
import { kubeconfigOf } from "./credentials.ts";
import { applyDefinitions, environmentDefinitions, gatewayClass } from "./definitions.ts";
import { apply } from "./kubectl.ts";
import { waitForNodes } from "./nodes.ts";
import { controllerName } from "./route-status-rules.ts";
import { provideWebCertificate } from "./web-certificate.ts";

/** The tools of the rootless level. */
export const rootlessTools = [...controlPlaneTools, "kwok"] as const satisfies readonly ToolName[];

type RootlessContext = Context<(typeof rootlessTools)[number]>;

const nodes = ["fake-1", "fake-2"];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A real control plane whose nodes are played by kwok: pods get addresses and readiness, but nothing runs. */
export async function startRootless(context: RootlessContext): Promise<void> {
  const { dir, processes, tools, report } = context;
  report("Starting the API server");
  await startControlPlane(context);
  report("Adding fake nodes and resource definitions");
  await Promise.all([installDefinitions(context), apply(context, nodes.map(fakeNode))]);
  processes.ensure({
    name: "kwok",
    command: tools.kwok,
    args: [
      `--kubeconfig=${kubeconfigOf(dir)}`,
      `--config=${here("kwok-stages.yaml")}`,
      "--manage-all-nodes",
      "--node-lease-duration-seconds=40",
      "--cidr=10.244.0.0/16",
      "--node-ip=10.0.0.1",
    ],
    env: { KWOK_WORKDIR: join(dir, "kwok") },
  });
  processes.ensure({
    name: "route-status",
    command: process.execPath,
    args: ["--no-warnings", here("route-status.ts"), kubeconfigOf(dir)],
  });
  await waitForNodes(context, "kwok", nodes.length);
  processes.mustBeAlive(...rootlessTools.filter((name) => name !== "kubectl"), "route-status");
}

async function installDefinitions(context: RootlessContext): Promise<void> {
  await applyDefinitions(context, await environmentDefinitions(context.dir));
  await Promise.all([apply(context, [gatewayClass(controllerName)]), provideWebCertificate(context)]);
}

function fakeNode(name: string) {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": `zone-${name.slice(-1)}`,
      },
    },
  };
}
