import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { ensureTools } from "../toolchain/index.ts";
import { importImage } from "./containerd.ts";
import { kubeconfigOf } from "./credentials.ts";
import { foundationStands, startFull } from "./full.ts";
import { fullTools } from "./full-tools.ts";
import { bootId, isAlive } from "./identity.ts";
import { loadIntoKind, startKind } from "./kind.ts";
import { withLock } from "./lock.ts";
import { Processes } from "./processes.ts";
import { defaultScrapeSeconds } from "./prometheus.ts";
import { rootlessTools, startRootless } from "./rootless.ts";
import {
  emptyState,
  readState,
  writeState,
  type ClusterState,
  type GatewayPorts,
  type Level,
} from "./state.ts";
import { stopEverything } from "./stop.ts";
import { webAuthority } from "./web-certificate.ts";

export { detectLevel } from "./level.ts";
export type { Level } from "./state.ts";

/** A running cluster. */
export interface Cluster {
  level: Level;
  /** The sandbox's folder, absolute. */
  dir: string;
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Where the Envoys answer, such as https://127.0.0.1:8443. Not on the rootless level. */
  gatewayUrl?: string;
  /** Where they send users of plain HTTP on to HTTPS, such as http://127.0.0.1:8088. Not on the rootless level. */
  httpUrl?: string;
  /** Path of the certificate of the authority that signed the gateway's. */
  authority: string;
  /** Where the Gateway's internal listener answers, at which one colour alone is reached. Full level only. */
  internalUrl?: string;
  /** Full level only. */
  prometheusUrl?: string;
}

/** What is asked of a start. */
export interface StartOptions {
  dir: string;
  level: Level;
  /** Ports on 127.0.0.1 for traffic to the gateway. Default 8443 for TLS, 8088 for plain HTTP. */
  gatewayPorts?: Partial<GatewayPorts>;
  /** Seconds between two scrapes of Prometheus. Default 10. */
  scrapeSeconds?: number;
  report: Report;
  signal?: AbortSignal;
}

/**
 * Starts the cluster in `dir`, or mends and reuses the one that is there: running processes stay, missing ones are
 * started, and one of which nothing runs any more is cleared away first. Aborting leaves what was started recorded,
 * for the next start or for `stopCluster`. Throws a UserError for whatever the user can mend.
 */
export async function startCluster(options: StartOptions): Promise<Cluster> {
  const dir = resolve(options.dir);
  return withLock(dir, "starting", async () => {
    const state = await usableState(dir, options);
    const { report, signal, level, gatewayPorts = {} } = options;
    const context = { dir, state, processes: new Processes(dir, state), report, signal };
    try {
      if (level === "kind") await startKind(context, gatewayPorts);
      else if (level === "full") {
        const tools = await ensureTools(fullTools, report, signal);
        await startFull({ ...context, tools }, gatewayPorts, options.scrapeSeconds ?? defaultScrapeSeconds);
      } else await startRootless({ ...context, tools: await ensureTools(rootlessTools, report, signal) });
    } catch (error) {
      // Whatever it was that noticed the interruption: the caller knows its own reason.
      signal?.throwIfAborted();
      throw error;
    }
    return describe(dir, state);
  });
}

/** Puts an image (a docker-archive tar) where the pods of the cluster in `dir` find it. */
export async function loadImage(dir: string, tarPath: string): Promise<void> {
  const folder = resolve(dir);
  const state = readState(folder);
  if (!state || state.level === "rootless")
    throw new UserError(`No cluster that runs images is in ${folder}.`);
  if (state.level === "kind") await loadIntoKind(tarPath);
  else
    await importImage(
      { dir: folder, tools: await ensureTools(["ctr"], () => undefined), signal: undefined },
      tarPath,
    );
}

/** What runs in `dir`, process by process; undefined where no cluster was started. */
export function clusterStatus(dir: string) {
  const state = readState(resolve(dir));
  if (!state) return Promise.resolve(undefined);
  const processes = state.processes.map(({ name, pid, startTime, log }) => ({
    name,
    pid,
    log,
    alive: state.bootId === bootId() && isAlive({ pid, startTime }),
  }));
  return Promise.resolve({ ...describe(resolve(dir), state), processes });
}

/** Ends the cluster in `dir` and leaves no process, mount, network or container of it. Does nothing where none is. */
export async function stopCluster(dir: string, report: Report): Promise<void> {
  const folder = resolve(dir);
  await withLock(folder, "stopping", () => stopEverything(folder, report));
}

/** The state to go on from: that of a cluster that can be mended, else an empty one after clearing up. */
async function usableState(dir: string, { level, report }: StartOptions): Promise<ClusterState> {
  const state = readState(dir);
  const processes = state?.bootId === bootId() ? state.processes : [];
  const dead = processes.filter((record) => !isAlive(record)).map(({ name }) => name);
  const runs = state?.level === "kind" || processes.length > dead.length;
  if (state && runs && state.level !== level) {
    throw new UserError(
      `A ${state.level} cluster runs in ${dir}, not a ${level} one; stop it first: npm run sandbox -- down.`,
    );
  }
  if (state && runs && (level !== "full" || foundationStands(new Processes(dir, state)))) {
    if (dead.length > 0) report(`Starting again what had stopped: ${dead.join(", ")}`);
    return state;
  }
  if (processes.length > 0) report("The last sandbox was not stopped properly; clearing up after it");
  await stopEverything(dir, report);
  // Those of processes begin anew with each of them; others, such as that of Pulumi's runs, are none of the cluster's.
  rmSync(join(dir, "logs", "pods"), { recursive: true, force: true });
  const fresh = emptyState(level);
  writeState(dir, fresh);
  return fresh;
}

function describe(dir: string, state: ClusterState): Cluster {
  const { gatewayPorts: users, ports } = state;
  return {
    level: state.level,
    dir,
    kubeconfig: kubeconfigOf(dir),
    authority: webAuthority(dir),
    ...(users && {
      gatewayUrl: `https://127.0.0.1:${users.https}`,
      httpUrl: `http://127.0.0.1:${users.http}`,
    }),
    ...(ports.internal !== undefined && { internalUrl: `http://127.0.0.1:${ports.internal}` }),
    ...(ports.prometheus !== undefined && { prometheusUrl: `http://127.0.0.1:${ports.prometheus}` }),
  };
}
