import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import { apiServiceAddress, nodeAddress } from "./credentials.ts";
import { runToEnd } from "./kubectl.ts";
import { machineTool } from "./machine-tools.ts";

const bridge = "pulse0";
/** The pods' network, as prefix and length. */
const network = { prefix: "10.244.0.0", bits: 16 };
export const podNetwork = `${network.prefix}/${network.bits}`;
export const bridgeName = bridge;

/** Throws a sentence where the pods' network is another sandbox's or in use otherwise. */
export function requireNetwork(dir: string): void {
  if (bridgeExists()) {
    const owner = bridgeOwner();
    if (owner === dir) return;
    throw new UserError(
      owner === ""
        ? `A network interface ${bridge} exists that is not the sandbox's; remove it: ip link delete ${bridge}.`
        : `Another sandbox runs in ${owner}; stop it first (one at a time can use the network ${podNetwork}).`,
    );
  }
  const taken = overlapping(readFileSync("/proc/net/route", "utf8"));
  if (taken !== undefined) {
    throw new UserError(
      `The network ${podNetwork}, which the sandbox needs for pods, is already in use by interface ${taken}.`,
    );
  }
}

/** Makes the bridge for pods unless it exists; see `requireNetwork`. Its alias says whose it is. */
export async function ensureBridge(dir: string): Promise<void> {
  if (bridgeExists()) return;
  const ip = machineTool("ip");
  await runToEnd(ip, ["link", "add", bridge, "type", "bridge"]);
  // The alias comes next: a start killed here leaves a bridge that the next one recognises.
  await runToEnd(ip, ["link", "set", bridge, "alias", dir]);
  await runToEnd(ip, ["address", "add", `${nodeAddress}/${network.bits}`, "dev", bridge]);
  // Pods send what is for the API server's Service to the bridge, too: it is their way to everything.
  await runToEnd(ip, ["address", "add", `${apiServiceAddress}/32`, "dev", bridge]);
  await runToEnd(ip, ["link", "set", bridge, "up"]);
}

/** Removes the bridge if it is this sandbox's. Returns whether none of ours is left. */
export async function removeBridge(dir: string): Promise<boolean> {
  if (!bridgeExists() || bridgeOwner() !== dir) return true;
  await runToEnd(machineTool("ip"), ["link", "delete", bridge]).catch(() => undefined);
  return !bridgeExists();
}

/** Whether the bridge is there, whoever made it. */
export const bridgeExists = (): boolean => existsSync(`/sys/class/net/${bridge}`);

/** The folder of the sandbox that made the bridge; empty if none did. */
const bridgeOwner = () => readFileSync(`/sys/class/net/${bridge}/ifalias`, "utf8").trim();

/** The interface of a route in `/proc/net/route` that overlaps the pods' network; the default route does not count. */
export function overlapping(routes: string): string | undefined {
  const ours = toNumber(network.prefix);
  return routes
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .find(([, destination = "", , , , , , mask = ""]) => {
      const common = fromHex(mask) & (0xffff_ffff << (32 - network.bits));
      return fromHex(mask) !== 0 && (fromHex(destination) & common) === (ours & common);
    })?.[0];
}

const toNumber = (address: string) => Buffer.from(address.split(".").map(Number)).readInt32BE();

/** The kernel prints addresses in the machine's own byte order: little-endian wherever the sandbox runs. */
const fromHex = (text: string) => Buffer.from(text.padStart(8, "0"), "hex").readInt32LE();
