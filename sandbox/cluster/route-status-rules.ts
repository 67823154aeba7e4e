/** The name under which the rootless level answers for Gateways. */
export const controllerName = "pulse-infra.test/gateway-controller";

interface ParentRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  observedGeneration: number;
  lastTransitionTime: string;
}

/** The parts of a GatewayClass, Gateway or HTTPRoute that the rules read. */
export interface Watched {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; generation?: number };
  spec: { listeners?: { name: string; protocol: string }[]; parentRefs?: ParentRef[] };
  status?: unknown;
}

const conditions = (object: Watched, ...types: [type: string, reason: string][]): Condition[] =>
  types.map(([type, reason]) => ({
    type,
    status: "True",
    reason,
    message: "",
    observedGeneration: object.metadata.generation ?? 0,
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  }));

/** The status of an accepted GatewayClass. */
export const classStatus = (object: Watched) => ({
  conditions: conditions(object, ["Accepted", "Accepted"]),
});

/** The status of a Gateway whose listeners all serve. */
export const gatewayStatus = (gateway: Watched) => ({
  addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
  conditions: conditions(gateway, ["Accepted", "Accepted"], ["Programmed", "Programmed"]),
  listeners: (gateway.spec.listeners ?? []).map(({ name, protocol }) => ({
    name,
    attachedRoutes: 1,
    supportedKinds: [
      { group: "gateway.networking.k8s.io", kind: protocol === "TLS" ? "TLSRoute" : "HTTPRoute" },
    ],
    conditions: conditions(
      gateway,
      ["Accepted", "Accepted"],
      ["Programmed", "Programmed"],
      ["ResolvedRefs", "ResolvedRefs"],
    ),
  })),
});

/** The status of an HTTPRoute that every parent accepts. */
export const routeStatus = (route: Watched) => ({
  parents: (route.spec.parentRefs ?? []).map((parentRef) => ({
    parentRef,
    controllerName,
    conditions: conditions(route, ["Accepted", "Accepted"], ["ResolvedRefs", "ResolvedRefs"]),
  })),
});

/** The status to write, or undefined where the object has it already (only the times differ). */
export function plan(object: Watched, wanted: object): object | undefined {
  const comparable = (value: unknown) =>
    JSON.stringify(sorted(value), (key, entry: unknown) =>
      key === "lastTransitionTime" ? undefined : entry,
    );
  return comparable(object.status) === comparable(wanted) ? undefined : wanted;
}

/** Key order is the server's affair. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}
