import { colors, type Color, type Weights } from "../domain/traffic.ts";
import type { Deployment, EndpointSlices, HttpRoute, Pods, RouteCondition } from "./apiObjects.ts";
import { ApiClient } from "./client.ts";
import { podProblem } from "./podProblem.ts";

/** What a gateway says about a route. */
export interface LiveRoute {
  generation: number;
  weights: Weights;
  parents: { name: string; conditions: RouteCondition[] }[];
}

/** How far a colour's pods are. */
export interface LiveColor {
  /** Undefined when there is no Deployment. */
  deployment?: {
    /** Pods it should have. */
    desired: number;
    /** Pods it has. */
    total: number;
    /** Of these, pods with the newest template. */
    updated: number;
    /** The controller has seen the newest template. */
    observed: boolean;
  };
  /** Endpoints of its Service that are ready: what the gateway sends to. */
  ready: number;
}

export interface Snapshot {
  route: LiveRoute | undefined;
  colors: Record<Color, LiveColor>;
}

/** The cluster as it is, whatever the config and the state say. */
export interface LiveCluster {
  route(): Promise<LiveRoute | undefined>;
  snapshot(): Promise<Snapshot>;
  /** Why pods of a colour are not ready: one line for each pod that is not. */
  problems(color: Color): Promise<string[]>;
}

/** Where a blue/green service lives. */
export interface Location {
  namespace: string;
  /** Name of the HTTPRoute, and before "-blue" and "-green" of everything else. */
  name: string;
}

/** The API's path of the HTTPRoute that carries user traffic. */
export const routePath = ({ namespace, name }: Location): string =>
  `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}`;

/** Asks the API server that the kubeconfig names. */
export class KubernetesCluster implements LiveCluster {
  readonly #client: ApiClient;
  readonly #location: Location;

  constructor(client: ApiClient, location: Location) {
    this.#client = client;
    this.#location = location;
  }

  async route(): Promise<LiveRoute | undefined> {
    const { namespace, name } = this.#location;
    const route = (await this.#client.get(routePath({ namespace, name }))) as HttpRoute | undefined;
    return route && liveRoute(route, name);
  }

  async snapshot(): Promise<Snapshot> {
    const [route, blue, green] = await Promise.all([
      this.route(),
      ...colors.map((color) => this.#color(color)),
    ]);
    return { route, colors: { blue: blue ?? { ready: 0 }, green: green ?? { ready: 0 } } };
  }

  async problems(color: Color): Promise<string[]> {
    const { namespace, name } = this.#location;
    const selector = encodeURIComponent(`app.kubernetes.io/name=${name},color=${color}`);
    const pods = (await this.#client.get(
      `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`,
    )) as Pods;
    return pods.items.map(podProblem).filter((problem) => problem !== undefined);
  }

  async #color(color: Color): Promise<LiveColor> {
    const { namespace, name } = this.#location;
    const selector = encodeURIComponent(`kubernetes.io/service-name=${name}-${color}`);
    const [deployment, slices] = await Promise.all([
      this.#client.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}-${color}`),
      this.#client.get(
        `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`,
      ),
    ]);
    return {
      deployment: deployment === undefined ? undefined : liveDeployment(deployment as Deployment),
      ready: readyEndpoints(slices as EndpointSlices),
    };
  }
}

function liveRoute(route: HttpRoute, name: string): LiveRoute {
  const refs = route.spec?.rules?.flatMap(({ backendRefs }) => backendRefs ?? []) ?? [];
  const sum = (names: string[]) =>
    refs.filter((ref) => names.includes(ref.name)).reduce((total, { weight = 1 }) => total + weight, 0);
  const total = sum(refs.map((ref) => ref.name)) || 1;
  const share = (color: Color) => (sum([`${name}-${color}`]) / total) * 100;
  return {
    generation: route.metadata?.generation ?? 0,
    weights: { blue: share("blue"), green: share("green") },
    parents: (route.status?.parents ?? []).map(({ parentRef, conditions }) => ({
      name: parentRef?.name ?? "?",
      conditions: conditions ?? [],
    })),
  };
}

function liveDeployment({ metadata, spec, status }: Deployment): LiveColor["deployment"] {
  return {
    desired: spec?.replicas ?? 1,
    total: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    observed: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
  };
}

function readyEndpoints({ items }: EndpointSlices): number {
  const ready = items
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false && conditions?.terminating !== true)
    .map(({ targetRef, addresses }) => targetRef?.name ?? addresses[0]);
  // A dual-stack pod is in two slices.
  return new Set(ready).size;
}
