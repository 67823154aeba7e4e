import { KubeConfig, KubernetesObjectApi, type KubernetesObject } from "@kubernetes/client-node";

/** An object as the API server returns it, with the parts that tests look at. */
export interface LiveObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    generation?: number;
    deletionTimestamp?: Date;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

interface BackendRef {
  name: string;
  weight: number;
}

/** The client types every object by its least common part. */
const live = (object: KubernetesObject): LiveObject => object as LiveObject;

interface Slice {
  endpoints?: { conditions?: { ready?: boolean } }[];
}

/** Direct access to a test cluster's API server, beside Pulumi. */
export class ClusterApi {
  readonly #objects: KubernetesObjectApi;

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.#objects = KubernetesObjectApi.makeApiClient(config);
  }

  async get(apiVersion: string, kind: string, namespace: string, name: string): Promise<LiveObject> {
    return live(await this.#objects.read({ apiVersion, kind, metadata: { namespace, name } }));
  }

  async exists(apiVersion: string, kind: string, namespace: string, name: string): Promise<boolean> {
    try {
      await this.get(apiVersion, kind, namespace, name);
      return true;
    } catch (error) {
      if ((error as { code?: number }).code === 404) return false;
      throw error;
    }
  }

  async names(apiVersion: string, kind: string, namespace: string): Promise<string[]> {
    const objects = await this.#list(apiVersion, kind, namespace);
    return objects.map(({ metadata }) => metadata.name);
  }

  pods(namespace: string, color?: string): Promise<LiveObject[]> {
    return this.#list("v1", "Pod", namespace, color === undefined ? undefined : `color=${color}`);
  }

  async #list(apiVersion: string, kind: string, namespace: string, selector?: string): Promise<LiveObject[]> {
    const none = undefined;
    const list = await this.#objects.list(apiVersion, kind, namespace, none, none, none, none, selector);
    return list.items.map(live);
  }

  /** The addresses behind a Service, and whether each takes traffic. */
  async endpoints(namespace: string, service: string): Promise<{ ready: boolean }[]> {
    const selector = `kubernetes.io/service-name=${service}`;
    const list = await this.#list("discovery.k8s.io/v1", "EndpointSlice", namespace, selector);
    return list
      .flatMap((slice) => (slice as unknown as Slice).endpoints ?? [])
      .map(({ conditions }) => ({ ready: conditions?.ready === true }));
  }

  /** Server-side apply. */
  async apply(object: KubernetesObject): Promise<void> {
    await this.#objects.patch(object, undefined, undefined, "a-test", true, "application/apply-patch+yaml");
  }

  /** The sentence with which the API server refuses an object; undefined where it takes it. Nothing is made. */
  async refusal(object: KubernetesObject): Promise<string | undefined> {
    try {
      await this.#objects.create(object, undefined, "All");
      return undefined;
    } catch (error) {
      return ((error as { body?: string }).body ?? String(error)).replaceAll("\\n", "\n");
    }
  }

  async merge(object: LiveObject): Promise<void> {
    await this.#objects.patch(
      object,
      undefined,
      undefined,
      "a-person-with-kubectl",
      undefined,
      "application/merge-patch+json",
    );
  }

  async delete(apiVersion: string, kind: string, namespace: string, name: string): Promise<void> {
    const object: LiveObject = { apiVersion, kind, metadata: { namespace, name } };
    await this.#objects.delete(object);
  }

  /** The weight of each backend of a live route, by Service name. */
  async weights(namespace: string, route: string): Promise<Record<string, number>> {
    const live = await this.get("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, route);
    const [rule] = live.spec?.rules as { backendRefs: BackendRef[] }[];
    return Object.fromEntries((rule?.backendRefs ?? []).map(({ name, weight }) => [name, weight]));
  }
}

/** Waits until `condition` holds; fails with what it waited for. */
export async function eventually(
  what: string,
  seconds: number,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`After ${seconds} s still not: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
