import { fileURLToPath } from "node:url";
import type { Context } from "./context.ts";
import { kubeconfigOf } from "./credentials.ts";
import { endProcesses } from "./processes.ts";
import { isFree } from "./ports.ts";
import { UserError } from "../errors.ts";
import { writeState } from "./state.ts";

/** Port on 127.0.0.1 where traffic for the gateway goes unless another is asked for. */
export const defaultGatewayPort = 8088;

/** Checks that the gateway's port is free and remembers it, before anything else is started. */
export async function chooseGatewayPort(context: Context, wanted: number | undefined): Promise<void> {
  const { dir, processes, state } = context;
  const port = wanted ?? state.gatewayPort ?? defaultGatewayPort;
  const forwarder = processes.find("forwarder");
  if (forwarder && processes.runs("forwarder")) {
    if (port === state.gatewayPort) return;
    await endProcesses([forwarder]);
  }
  if (!(await isFree(port, "127.0.0.1"))) {
    throw new UserError(
      `Port ${port} on 127.0.0.1, where the gateway is to answer, is in use by another program; ` +
        "choose another with --gateway-port.",
    );
  }
  state.gatewayPort = port;
  writeState(dir, state);
}

/** Starts the process that passes connections on the gateway's port to ready Envoys. */
export function startForwarder({ dir, processes, state }: Context): void {
  processes.ensure({
    name: "forwarder",
    command: process.execPath,
    args: [
      "--no-warnings",
      fileURLToPath(new URL("forwarder.ts", import.meta.url)),
      kubeconfigOf(dir),
      String(state.gatewayPort ?? defaultGatewayPort),
    ],
  });
}
