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

/**
 * Where new connections may go, the best first: ready Envoys; where there is none, those that still serve while they
 * end. Only the first Gateway of the cluster counts (the oldest Service), and of it the listener that the port's name
 * stands for: `https-443`.
 */
export function reachable(slices: readonly Slice[], portName: string): Endpoint[] {
  const serviceOf = (slice: Slice) => slice.metadata?.labels?.["kubernetes.io/service-name"] ?? "";
  const age = (slice: Slice) => new Date(slice.metadata?.creationTimestamp ?? 0).getTime();
  const oldest = [...slices].sort((a, b) => age(a) - age(b))[0];
  if (!oldest) return [];
  const all = slices
    .filter((slice) => serviceOf(slice) === serviceOf(oldest))
    .flatMap((slice) => {
      const port = slice.ports?.find(({ name }) => name === portName)?.port;
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
