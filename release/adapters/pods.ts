import type { WatchedConfig } from "../../infra/config/schema.ts";
import { colors, type Color } from "../../infra/domain/traffic.ts";
import type { ColorSignals } from "../domain/signals.ts";
import type { SignalSource } from "../ports.ts";
import { newestLines } from "./logs.ts";
import type { Deployment, Pod } from "./podObjects.ts";
import { RestartCounter } from "./restarts.ts";
import type { Access } from "./access.ts";

/** Of the listing; the logs have what is left of two seconds. */
const listTimeoutMs = 1_000;
const logsTimeoutMs = 1_000;

/** What the API server says of the pods of both colours, their logs included. */
export class PodSource implements SignalSource {
  readonly #config: WatchedConfig;
  readonly #access: Access;
  readonly #restarts = new RestartCounter();

  constructor(config: WatchedConfig, access: Access) {
    this.#config = config;
    this.#access = access;
  }

  async read(windowSeconds: number): ReturnType<SignalSource["read"]> {
    const { app, cluster } = this.#config;
    const selector = `labelSelector=${encodeURIComponent(`app.kubernetes.io/name=${app.name}`)}`;
    const problems: string[] = [];
    const list = async <T>(what: string, path: string): Promise<T[] | undefined> => {
      try {
        const text = await this.#access.kube(`${path}?${selector}`, AbortSignal.timeout(listTimeoutMs));
        return (JSON.parse(text) as { items: T[] }).items;
      } catch (error) {
        problems.push(`The ${what} could not be read: ${reason(error)}`);
        return undefined;
      }
    };
    const [pods, deployments] = await Promise.all([
      list<Pod>("pods", `/api/v1/namespaces/${cluster.namespace}/pods`),
      list<Deployment>("Deployments", `/apis/apps/v1/namespaces/${cluster.namespace}/deployments`),
    ]);
    const now = Date.now();
    const seen: Partial<Record<Color, ColorSignals>> = {};
    await Promise.all(
      colors.map(async (color) => {
        const deployment = deployments?.find(({ metadata }) => metadata.labels?.color === color);
        // A colour that is not there is nothing to be seen, and one that ends is not what comes.
        if (deployments && !deployment) return;
        const own = pods?.filter(
          ({ metadata }) => metadata.labels?.color === color && metadata.deletionTimestamp === undefined,
        );
        seen[color] = {
          ...(deployment && { unavailable: missing(deployment) }),
          ...(own && { restarts: this.#restarts.count(own, now), crashLooping: crashLooping(own) }),
          ...(own && (await this.#logs(own, windowSeconds, problems))),
        };
      }),
    );
    return { colors: seen, problems };
  }

  async #logs(pods: Pod[], windowSeconds: number, problems: string[]): Promise<Pick<ColorSignals, "logs">> {
    const { app, cluster } = this.#config;
    const signal = AbortSignal.timeout(logsTimeoutMs);
    const read = (path: string) => this.#access.kube(path, signal);
    const { logs, problem } = await newestLines(read, cluster.namespace, app.name, pods, windowSeconds);
    if (problem !== undefined) problems.push(problem);
    return logs === undefined ? {} : { logs };
  }
}

function missing({ spec, status }: Deployment): number {
  return Math.max(0, (spec.replicas ?? 1) - (status?.availableReplicas ?? 0));
}

function crashLooping(pods: readonly Pod[]): string[] {
  return pods
    .filter(({ status }) =>
      [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].some(
        ({ state }) => state?.waiting?.reason === "CrashLoopBackOff",
      ),
    )
    .map(({ metadata }) => metadata.name);
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
