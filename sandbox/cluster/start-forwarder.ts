import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { kubeconfigOf } from "./credentials.ts";
import { internalListener, userListener } from "./endpoints.ts";
import { endProcesses } from "./processes.ts";
import { freePorts, isFree } from "./ports.ts";
import { UserError } from "../errors.ts";
import { writeState } from "./state.ts";
import { waitFor } from "./wait.ts";

/** Port on 127.0.0.1 where traffic for the gateway goes unless another is asked for. */
export const defaultGatewayPort = 8088;
/** The one where traffic for one colour alone goes, unless it is taken. */
const defaultInternalPort = 8089;

/** Checks that the gateway's port is free and remembers it, before anything else is started. */
export async function chooseGatewayPort(context: Context, wanted: number | undefined): Promise<void> {
  const { dir, processes, state } = context;
  const port = wanted ?? state.gatewayPort ?? defaultGatewayPort;
  const forwarder = processes.find("forwarder");
  if (forwarder && processes.runs("forwarder")) {
    if (port === state.gatewayPort) return;
    await endProcesses([forwarder]);
  }
  if (!(await isFree(port, "127.0.0.1"))) throw portTaken(port);
  state.gatewayPort = port;
  writeState(dir, state);
}

/** The sentence for a gateway port that another program holds. */
export const portTaken = (port: number): UserError =>
  new UserError(
    `Port ${port} on 127.0.0.1, where the gateway is to answer, is in use by another program; ` +
      "choose another with --gateway-port.",
  );

/** Starts the process that passes connections on the gateway's port to ready Envoys, and waits until it listens. */
export async function startForwarder(context: Context): Promise<void> {
  const { dir, processes, state } = context;
  const port = state.gatewayPort ?? defaultGatewayPort;
  const internal = await internalPort(context);
  processes.ensure({
    name: "forwarder",
    command: process.execPath,
    args: [
      "--no-warnings",
      fileURLToPath(new URL("forwarder.ts", import.meta.url)),
      kubeconfigOf(dir),
      `${port}=${userListener}`,
      `${internal}=${internalListener}`,
    ],
  });
  await waitFor(async () => (await accepts(port)) && (await accepts(internal)), {
    ...waiting(context, "forwarder"),
    what: "The forwarder",
    timeoutSeconds: 20,
  });
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
