import { ApiClient } from "../infra/cluster/client.ts";
import type { ClusterAccess } from "../infra/cluster/kubeconfig.ts";
import { journalLabel } from "../infra/cluster/journal.ts";
import type { Location } from "../infra/cluster/liveCluster.ts";
import type { EnvironmentConfig, WatchedConfig } from "../infra/config/schema.ts";
import { TrafficCluster } from "./adapters/cluster.ts";
import { whoami } from "./adapters/identity.ts";
import { ClusterJournal } from "./adapters/journal.ts";
import { DriverLease } from "./adapters/lease.ts";
import { ReleaseError } from "./errors.ts";
import type { Clock } from "./ports.ts";
import { chosenStack, type StackChoice } from "./settings.ts";

/** What every command may say. */
export interface CommonOptions {
  stack?: string;
  configFile?: string;
  json?: boolean;
  yes?: boolean;
}

/** One environment in its cluster, without its stack: what moving traffic and telling the truth take. */
export interface ClusterSide {
  client: ApiClient;
  location: Location;
  journal: ClusterJournal;
  /** A second reader, whose looks do not count as this process's own. */
  spare: ClusterJournal;
  lease: DriverLease;
  traffic: TrafficCluster;
}

/** An environment with as much of its config as judging a release takes. */
export interface WatchedEnvironment extends ClusterSide {
  choice: StackChoice;
  config: WatchedConfig;
}

/** An environment with its stack. */
export interface Environment extends WatchedEnvironment {
  config: EnvironmentConfig;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(done, ms);
      function done() {
        signal?.removeEventListener("abort", stop);
        resolve();
      }
      function stop() {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error("interrupted"));
      }
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};

export const me = (): string => whoami(process.env);

export function clusterSide(access: ClusterAccess, location: Location, minReady: number): ClusterSide {
  const client = new ApiClient(access);
  return {
    client,
    location,
    journal: new ClusterJournal(client, location),
    spare: new ClusterJournal(client, location),
    lease: new DriverLease(client, location),
    traffic: new TrafficCluster(client, location, minReady),
  };
}

/** The environment that the options choose, by its stack's config file. */
export async function openEnvironment(options: CommonOptions): Promise<Environment> {
  const choice = chosenStack(options);
  const { readSettings } = await import("./stackFile.ts");
  return opened(choice, readSettings(choice.file, choice.stack));
}

/** The same by a config file that need not say anything about traffic: the watcher's own in the cluster. */
export async function openWatched(options: CommonOptions): Promise<WatchedEnvironment> {
  const choice = chosenStack(options);
  const { readWatched } = await import("./stackFile.ts");
  return opened(choice, readWatched(choice.file, choice.stack));
}

async function opened<C extends WatchedConfig>(
  choice: StackChoice,
  config: C,
): Promise<WatchedEnvironment & { config: C }> {
  const { kubeconfig, context, namespace } = config.cluster;
  const access = {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  };
  const { accessMistake } = await import("../infra/cluster/kubeconfig.ts");
  const mistake = accessMistake(access);
  if (mistake !== undefined) throw new ReleaseError(mistake);
  return {
    ...clusterSide(access, { namespace, name: config.app.name }, config.rollout.minReady),
    choice,
    config,
  };
}

/**
 * The environment that the cluster of KUBECONFIG itself knows, by its journal: no stack file, no backend.
 * `minReady` is the record's; without one it is the config's default.
 */
export async function findEnvironment(wanted: Wanted): Promise<ClusterSide> {
  const { namespace, app } = wanted;
  const location =
    namespace !== undefined && app !== undefined ? { namespace, name: app } : await onlyJournal(wanted);
  const side = clusterSide({}, location, defaultMinReady);
  const record = await side.spare.current();
  return record ? clusterSide({}, location, record.route.minReady) : side;
}

const defaultMinReady = 2;

/** What narrows the choice where several environments share a cluster. */
interface Wanted {
  namespace?: string;
  app?: string;
  /** As the newest release of the journal names it. */
  stack?: string;
}

interface ConfigMaps {
  items: { metadata: { namespace: string; labels: Record<string, string> } }[];
}

async function onlyJournal({ namespace, app, stack }: Wanted): Promise<Location> {
  const label = Object.entries(journalLabel)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const path = namespace === undefined ? "/api/v1/configmaps" : `/api/v1/namespaces/${namespace}/configmaps`;
  const found = (await new ApiClient({}).get(
    `${path}?labelSelector=${encodeURIComponent(label)}`,
  )) as ConfigMaps;
  const places = found.items
    .map(({ metadata }) => ({
      namespace: metadata.namespace,
      name: metadata.labels["app.kubernetes.io/name"] ?? "",
    }))
    .filter(({ name }) => app === undefined || name === app);
  const meant = stack === undefined ? places : await ofStack(places, stack);
  const [only, second] = meant;
  if (only === undefined)
    throw new ReleaseError(
      `No journal of a release${stack === undefined ? "" : ` of stack ${stack}`} is in this cluster; is KUBECONFIG the right one?`,
    );
  if (second !== undefined) {
    const all = meant.map((place) => `--namespace ${place.namespace} --app ${place.name}`).join("\n  ");
    throw new ReleaseError(`Several environments are in this cluster; say which:\n  ${all}`);
  }
  return only;
}

/** Those that the stack releases to: the wrong cluster must not be rolled back because it is the only one. */
async function ofStack(places: readonly Location[], stack: string): Promise<Location[]> {
  const stacks = await Promise.all(
    places.map(async (place) => (await clusterSide({}, place, defaultMinReady).spare.current())?.stack),
  );
  const bare = (name: string | undefined) => name?.split("/").at(-1);
  return places.filter((_, n) => bare(stacks[n]) === bare(stack));
}
