/** One way to an Envoy. */
export interface Endpoint {
  host: string;
  port: number;
}

/** The parts of an EndpointSlice that matter here. */
export interface Slice {
  metadata?: { name?: string; labels?: Record<string, string>; creationTimestamp?: Date | string };
  ports?: { name?: string; port?: number }[];
  endpoints?: {
    addresses: string[];
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  }[];
}

/** The Envoys' port for users, as Envoy Gateway names it. */
export const userListener = "http-80";
/** The Envoys' port for one colour alone. */
export const internalListener = "http-8090";

/**
 * Where new connections may go, the best first: ready Envoys; where there is none, those that still serve while they
 * end. Only the first Gateway of the cluster counts (the oldest Service), and of it the port of that name; for users the
 * first one where the Gateway has another than 80.
 */
export function reachable(slices: readonly Slice[], listener: string): Endpoint[] {
  const serviceOf = (slice: Slice) => slice.metadata?.labels?.["kubernetes.io/service-name"] ?? "";
  const age = (slice: Slice) => new Date(slice.metadata?.creationTimestamp ?? 0).getTime();
  const oldest = [...slices].sort((a, b) => age(a) - age(b))[0];
  if (!oldest) return [];
  const all = slices
    .filter((slice) => serviceOf(slice) === serviceOf(oldest))
    .flatMap((slice) => {
      const first = listener === userListener ? slice.ports?.[0]?.port : undefined;
      const port = slice.ports?.find(({ name }) => name === listener)?.port ?? first;
      return port === undefined
        ? []
        : (slice.endpoints ?? []).map(({ addresses, conditions }) => ({
            host: addresses[0] ?? "",
            port,
            conditions,
          }));
    });
  const ready = all.filter(({ conditions }) => conditions?.ready !== false);
  const serving = all.filter(({ conditions }) => conditions?.ready === false && conditions.serving === true);
  return (ready.length > 0 ? ready : serving).map(({ host, port }) => ({ host, port }));
}
