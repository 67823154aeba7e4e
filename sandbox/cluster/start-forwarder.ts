import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { apiServiceAddress, kubeconfigOf, nodeAddress } from "./credentials.ts";
import { endProcesses } from "./processes.ts";
import { freePorts, isFree } from "./ports.ts";
import { UserError } from "../errors.ts";
import { writeState, type ClusterState, type GatewayPorts } from "./state.ts";
import { waitFor } from "./wait.ts";

/** The one where traffic for one colour alone goes, unless it is taken. */
const defaultInternalPort = 8089;
/** Name that Envoy Gateway gives the port of a Gateway's internal listener. */
const internalListener = "http-8090";

/** Unless others are asked for. */
export const defaultGatewayPorts: GatewayPorts = { https: 8443, http: 8088 };

const options: Record<keyof GatewayPorts, string> = { https: "--gateway-port", http: "--http-port" };

/** Names that Envoy Gateway gives the ports of a stack's Gateway. */
const listeners: Record<keyof GatewayPorts, string> = { https: "https-443", http: "http-80" };

/** Checks that the gateway's ports are free and remembers them, before anything else is started. */
export async function chooseGatewayPorts(context: Context, wanted: Partial<GatewayPorts>): Promise<void> {
  const { dir, processes, state } = context;
  const ports = { ...defaultGatewayPorts, ...state.gatewayPorts, ...wanted };
  const forwarder = processes.find("forwarder");
  if (forwarder && processes.runs("forwarder")) {
    const { gatewayPorts: now } = state;
    if (ports.https === now?.https && ports.http === now.http) return;
    await endProcesses([forwarder]);
  }
  await requireGatewayPorts(ports);
  state.gatewayPorts = ports;
  writeState(dir, state);
}

/** Throws a sentence for a gateway port that another program holds. */
export async function requireGatewayPorts(ports: GatewayPorts): Promise<void> {
  for (const use of ["https", "http"] as const) {
    if (await isFree(ports[use], "127.0.0.1")) continue;
    throw new UserError(
      `Port ${ports[use]} on 127.0.0.1, where the gateway is to answer, is in use by another program; ` +
        `choose another with ${options[use]}.`,
    );
  }
}

/** Starts the process that passes connections on the gateway's ports to ready Envoys, and waits until it listens. */
export async function startForwarder(context: Context): Promise<void> {
  const { dir, processes, state } = context;
  const ports = state.gatewayPorts ?? defaultGatewayPorts;
  const internal = await internalPort(context);
  processes.ensure({
    name: "forwarder",
    command: process.execPath,
    args: [
      "--no-warnings",
      fileURLToPath(new URL("forwarder.ts", import.meta.url)),
      kubeconfigOf(dir),
      ...(["https", "http"] as const).map((use) => `${ports[use]}=${listeners[use]}`),
      `${internal}=${internalListener}`,
      ...podDoors(state.ports, internal),
    ],
  });
  const all = [ports.https, ports.http, internal];
  await waitFor(async () => (await Promise.all(all.map(accepts))).every(Boolean), {
    ...waiting(context, "forwarder"),
    what: "The forwarder",
    timeoutSeconds: 20,
  });
}

/** Where pods reach this machine's processes. */
export const podUrls = {
  prometheus: `http://${nodeAddress}:9090`,
  internal: `http://${nodeAddress}:8089`,
} as const;

/**
 * Pods are told of one address for the API server, its Service's; without a kube-proxy it is one of this machine's.
 * Prometheus and the internal listener have one on the bridge.
 */
function podDoors({ api, prometheus }: ClusterState["ports"], internal: number): string[] {
  const ways = [
    [`${apiServiceAddress}:443`, api],
    [podUrls.prometheus.slice("http://".length), prometheus],
    [podUrls.internal.slice("http://".length), internal],
  ] as const;
  return ways.flatMap(([from, to]) => (to === undefined ? [] : [`${from}=${to}`]));
}

/** The port for the internal listener: once chosen it stays, the usual one unless that is taken. */
async function internalPort({ dir, processes, state }: Context): Promise<number> {
  const known = state.ports.internal ?? defaultInternalPort;
  const usable = processes.runs("forwarder") || (await isFree(known, "127.0.0.1"));
  const port = usable ? known : ((await freePorts(1))[0] ?? known);
  state.ports.internal = port;
  writeState(dir, state);
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
