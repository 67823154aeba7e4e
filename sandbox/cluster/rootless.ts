import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleDir, type ToolName } from "../toolchain/index.ts";
import { controlPlaneTools, type Context } from "./context.ts";
import { startControlPlane, waiting } from "./control-plane.ts";
import { kubeconfigOf } from "./credentials.ts";
import { apply, applyFiles, kubectl, type KubectlContext } from "./kubectl.ts";
import { controllerName } from "./route-status-rules.ts";
import { waitFor } from "./wait.ts";

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
  report("Adding fake nodes and the Gateway API");
  await Promise.all([
    applyGatewayApi(context).then(() => apply(context, [gatewayClass(controllerName)])),
    apply(context, nodes.map(fakeNode)),
  ]);
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

/** The class that the stacks' Gateways name. */
export const gatewayClass = (controllerName: string, parametersRef?: object) => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "envoy" },
  spec: { controllerName, ...(parametersRef ? { parametersRef } : {}) },
});

/** Installs the standard channel of the Gateway API: the same definitions on every level. */
export async function applyGatewayApi(context: KubectlContext): Promise<void> {
  const folder = join(await moduleDir("gateway-api"), "config/crd/standard");
  const definitions = readdirSync(folder).filter((name) => /^gateway\.networking.*s\.yaml$/.test(name));
  await applyFiles(
    context,
    definitions.map((name) => join(folder, name)),
  );
  const names = ["gatewayclasses", "gateways", "httproutes"].map(
    (name) => `crd/${name}.gateway.networking.k8s.io`,
  );
  await kubectl(context, ["wait", "--for=condition=Established", "--timeout=30s", ...names]);
}

/** Waits until this many nodes are ready and the default service account, without which no pod starts, exists. */
export async function waitForNodes(context: Context, guardian: string, count: number): Promise<void> {
  const ready = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  await waitFor(
    async () => {
      const [statuses] = await Promise.all([
        kubectl(context, ["get", "nodes", "-o", `jsonpath=${ready}`]),
        kubectl(context, ["-n", "default", "get", "serviceaccount", "default"]),
      ]);
      return statuses.split("\n").filter((status) => status === "True").length >= count;
    },
    { ...waiting(context, "kube-apiserver", "kube-controller-manager", guardian), what: "The node" },
  );
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
