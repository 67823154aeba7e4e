import { join } from "node:path";
import { askApi } from "./api.ts";
import type { Context } from "./context.ts";
import { credential, ensureCredentials, kubeconfigOf, writeKubeconfig } from "./credentials.ts";
import { freePorts } from "./ports.ts";
import { writeState, type Ports } from "./state.ts";
import { waitFor } from "./wait.ts";

/** Extra settings of the level that uses the control plane. */
export interface ControlPlaneOptions {
  apiserverArgs?: readonly string[];
}

/** Starts etcd and the API server and waits until it answers; controllers and the scheduler start beside. */
export async function startControlPlane(context: Context, options: ControlPlaneOptions = {}): Promise<void> {
  const { dir, processes, tools } = context;
  ensureCredentials(dir);
  const ports = await choosePorts(context);
  writeKubeconfig(dir, ports.api);

  const url = `http://127.0.0.1:${ports.etcd}`;
  processes.ensure({
    name: "etcd",
    command: tools.etcd,
    args: [
      "--name=sandbox",
      `--data-dir=${join(dir, "etcd")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
      `--initial-cluster=sandbox=http://127.0.0.1:${ports.etcdPeer}`,
      // The data is thrown away with the sandbox: speed matters more than surviving a power cut.
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
  });
  await waitFor(async () => (await fetch(`${url}/health`)).ok, {
    ...waiting(context, "etcd"),
    what: "etcd",
    timeoutSeconds: 30,
  });

  processes.ensure({
    name: "kube-apiserver",
    command: tools["kube-apiserver"],
    args: [...apiserverArgs(dir, ports), ...(options.apiserverArgs ?? [])],
  });
  startControllers(context);
  await waitFor(() => askApi(dir, ports.api, "/readyz"), {
    ...waiting(context, "etcd", "kube-apiserver"),
    what: "The API server",
    timeoutSeconds: 90,
  });
}

/** Options for a wait that gives up when one of these processes ends; the last one's log is the hint. */
export function waiting(context: Pick<Context, "processes" | "signal">, ...names: string[]) {
  const { processes, signal } = context;
  return {
    signal,
    hopeless: () => processes.mustBeAlive(...names),
    hint: () => processes.hint(names.at(-1) ?? ""),
  };
}

type ControlPlanePorts = Required<Pick<Ports, "etcd" | "etcdPeer" | "api">>;

async function choosePorts({ dir, state }: Context): Promise<ControlPlanePorts> {
  const [first = 0, second = 0, third = 0] = await freePorts(3);
  const ports = { etcd: first, etcdPeer: second, api: third, ...state.ports };
  state.ports = ports;
  writeState(dir, state);
  return ports;
}

function apiserverArgs(dir: string, ports: ControlPlanePorts): string[] {
  const file = (name: string) => credential(dir, name);
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${ports.api}`,
    `--tls-cert-file=${file("apiserver.crt")}`,
    `--tls-private-key-file=${file("apiserver.key")}`,
    `--client-ca-file=${file("ca.crt")}`,
    `--token-auth-file=${file("tokens.csv")}`,
    "--authorization-mode=Node,RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file("service-account.pub")}`,
    `--service-account-signing-key-file=${file("service-account.key")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    "--allow-privileged=true",
    "--profiling=false",
  ];
}

/** They wait for the API server by themselves, so that their own start overlaps with its. */
function startControllers({ dir, processes, tools }: Context): void {
  const common = [`--kubeconfig=${kubeconfigOf(dir)}`, "--leader-elect=false", "--profiling=false"];
  processes.ensure({
    name: "kube-controller-manager",
    command: tools["kube-controller-manager"],
    args: [
      ...common,
      "--secure-port=0",
      `--service-account-private-key-file=${credential(dir, "service-account.key")}`,
      `--root-ca-file=${credential(dir, "ca.crt")}`,
      "--kube-api-qps=200",
      "--kube-api-burst=400",
      // The defaults (15 s, 30 s, 5 min) suit a cluster that nobody watches.
      "--horizontal-pod-autoscaler-sync-period=3s",
      "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
      "--horizontal-pod-autoscaler-cpu-initialization-period=20s",
    ],
  });
  processes.ensure({
    name: "kube-scheduler",
    command: tools["kube-scheduler"],
    args: [...common, "--secure-port=0", "--kube-api-qps=200", "--kube-api-burst=400"],
  });
}
