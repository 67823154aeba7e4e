import http from "node:http";
import https from "node:https";
import { colors, type Color, type Weights } from "../../infra/domain/traffic.ts";
import type { Deployment, EndpointSlices, HttpRoute, Pods, RouteCondition } from "./apiObjects.ts";
import { connect, type ClusterAccess, type Connection } from "./kubeconfig.ts";
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

/** Asks the API server that the kubeconfig names; connects at the first question. */
export class KubernetesCluster implements LiveCluster {
  readonly #access: ClusterAccess;
  readonly #location: Location;
  #client: Promise<Client> | undefined;

  constructor(access: ClusterAccess, location: Location) {
    this.#access = access;
    this.#location = location;
  }

  async route(): Promise<LiveRoute | undefined> {
    const { namespace, name } = this.#location;
    const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}`;
    const route = (await this.#get(path)) as HttpRoute | undefined;
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
    const pods = (await this.#get(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`)) as Pods;
    return pods.items.map(podProblem).filter((problem) => problem !== undefined);
  }

  async #color(color: Color): Promise<LiveColor> {
    const { namespace, name } = this.#location;
    const selector = encodeURIComponent(`kubernetes.io/service-name=${name}-${color}`);
    const [deployment, slices] = await Promise.all([
      this.#get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}-${color}`),
      this.#get(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`),
    ]);
    return {
      deployment: deployment === undefined ? undefined : liveDeployment(deployment as Deployment),
      ready: readyEndpoints(slices as EndpointSlices),
    };
  }

  async #get(path: string): Promise<unknown> {
    this.#client ??= connect(this.#access).then((connection) => new Client(connection));
    return (await this.#client).get(path);
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

const answerWithinMs = 10_000;

/** Reads JSON from an API server over kept connections. */
class Client {
  readonly #connection: Connection;
  readonly #agent: http.Agent;

  constructor(connection: Connection) {
    this.#connection = connection;
    const protocol = connection.server.protocol === "http:" ? http : https;
    this.#agent = new protocol.Agent({ keepAlive: true });
  }

  /** The object at a path, or undefined where there is none. */
  async get(path: string): Promise<unknown> {
    const { server, options } = this.#connection;
    const protocol = server.protocol === "http:" ? http : https;
    const base = server.pathname.replace(/\/$/, "");
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const fail = ({ message }: Error) =>
        reject(new Error(`The API server at ${server.origin} does not answer (${message})`));
      const request = protocol.get(
        new URL(base + path, server),
        { agent: this.#agent, ...options, timeout: answerWithinMs },
        (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (body += chunk));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
          response.on("error", fail);
        },
      );
      request.on("timeout", () => request.destroy(new Error(`no answer in ${answerWithinMs / 1000} s`)));
      request.on("error", fail);
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) {
      throw new Error(`The API server at ${server.origin} refuses GET ${path}: ${reason(answer)}`);
    }
    return JSON.parse(answer.body);
  }
}

function reason({ status, body }: { status: number; body: string }): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return message ?? `status ${status}`;
  } catch {
    return `status ${status}`;
  }
}
