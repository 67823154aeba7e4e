import type { ApiClient } from "../../infra/cluster/client.ts";
import {
  KubernetesCluster,
  routePath,
  type Location,
  type Snapshot,
} from "../../infra/cluster/liveCluster.ts";
import { findShortages } from "../../infra/cluster/readiness.ts";
import { colors, type Weights } from "../../infra/domain/traffic.ts";

/** The name under which Pulumi applies the route, so that what is applied here is no drift there. */
const fieldManager = "pulse-infra";

interface OwnedRoute {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: { manager?: string; operation?: string; fieldsV1?: Record<string, unknown> }[];
  };
  spec: { rules?: { backendRefs?: { name: string; weight?: number }[] }[] };
}

/** The pods are not ready for the traffic: it stays where it is. */
export class NotReady extends Error {}

/** The route of an environment, and whether its colours could take more of it. */
export class TrafficCluster {
  readonly #client: ApiClient;
  readonly #location: Location;
  readonly #minReady: number;
  readonly #live: KubernetesCluster;

  constructor(client: ApiClient, location: Location, minReady: number) {
    this.#client = client;
    this.#location = location;
    this.#minReady = minReady;
    this.#live = new KubernetesCluster(client, location);
  }

  snapshot(): Promise<Snapshot> {
    return this.#live.snapshot();
  }

  async weights(): Promise<Weights | undefined> {
    return (await this.#live.route())?.weights;
  }

  /** Why a colour may not take its share of `next`, one half sentence each. The rule is the guards'. */
  async shortages(next: Weights, snapshot?: Snapshot): Promise<string[]> {
    const now = snapshot ?? (await this.snapshot());
    const { name } = this.#location;
    const found = findShortages({ name, next, minReady: this.#minReady }, now);
    return Promise.all(
      found.map(async ({ color, what }) => {
        const problems = await this.#live.problems(color);
        return `${color} ${what}${problems.length > 0 ? `: ${problems.slice(0, 3).join("; ")}` : ""}`;
      }),
    );
  }

  /**
   * Gives the route these weights: applies the whole object that Pulumi owns, with nothing else changed in it.
   * @throws NotReady when a colour is not ready for its share.
   */
  async move(next: Weights): Promise<void> {
    const path = routePath(this.#location);
    const [snapshot, found] = await Promise.all([this.snapshot(), this.#client.get(path)]);
    if (found === undefined)
      throw new Error(`There is no HTTPRoute ${this.#location.name} in ${this.#location.namespace}.`);
    const shortages = await this.shortages(next, snapshot);
    if (shortages.length > 0) throw new NotReady(shortages.join("; "));
    await this.#client.apply(
      path,
      withWeights(owned(found as OwnedRoute), this.#location.name, next),
      fieldManager,
    );
    const live = await this.weights();
    if (!live || colors.some((color) => live[color] !== next[color]))
      throw new Error(`The route was changed, but has other weights now; somebody else moves traffic, too.`);
  }
}

/** The part of the live object that its owner applied: an apply that names less would delete the rest. */
export function owned({ apiVersion, kind, metadata, spec }: OwnedRoute): OwnedRoute {
  const entry = metadata.managedFields?.find(
    ({ manager, operation }) => manager === fieldManager && operation === "Apply",
  );
  const fields = entry?.fieldsV1 ?? {};
  const mine = (key: "labels" | "annotations") => {
    const names = child(child(fields, "f:metadata"), `f:${key}`);
    const kept = Object.entries(metadata[key] ?? {}).filter(([name]) => `f:${name}` in names);
    return kept.length > 0 && { [key]: Object.fromEntries(kept) };
  };
  const specFields = child(fields, "f:spec");
  const kept = Object.entries(spec).filter(([name]) => entry === undefined || `f:${name}` in specFields);
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      ...mine("labels"),
      ...mine("annotations"),
    },
    spec: Object.fromEntries(kept),
  };
}

function child(fields: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = fields[key];
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function withWeights(route: OwnedRoute, name: string, next: Weights): OwnedRoute {
  const copy = structuredClone(route);
  for (const rule of copy.spec.rules ?? []) {
    for (const ref of rule.backendRefs ?? []) {
      const color = colors.find((candidate) => ref.name === `${name}-${candidate}`);
      if (color) ref.weight = next[color];
    }
  }
  return copy;
}
