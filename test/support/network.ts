import { BlockList } from "node:net";

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol?: string; port?: number | string }[];
}

/** A NetworkPolicy as it is applied. */
export interface Policy {
  metadata: { namespace: string; name: string };
  spec: { podSelector: Selector; policyTypes: string[]; ingress?: Rule[]; egress?: Rule[] };
}

/** One end of a connection: a pod, or with an address alone something outside of the cluster. */
export interface End {
  namespace?: string;
  labels?: Record<string, string>;
  /** IPv4. */
  address?: string;
}

export interface Connection {
  from: End;
  to: End;
  port: number;
  protocol?: "TCP" | "UDP";
}

/**
 * Whether policies let a connection through: by the rules of Kubernetes, a pod that any policy selects for a direction
 * has only what one of these policies allows, and both ends have to agree.
 */
export function connects(policies: readonly Policy[], connection: Connection): boolean {
  const { from, to } = connection;
  const leaves = allowed(policies, from, "Egress", ({ egress = [] }) =>
    egress.some((rule) => fits(rule.to, rule.ports, from, to, connection)),
  );
  const enters = allowed(policies, to, "Ingress", ({ ingress = [] }) =>
    ingress.some((rule) => fits(rule.from, rule.ports, to, from, connection)),
  );
  return leaves && enters;
}

function allowed(
  policies: readonly Policy[],
  pod: End,
  direction: string,
  allows: (spec: Policy["spec"]) => boolean,
): boolean {
  const own = policies.filter(
    ({ metadata, spec }) =>
      pod.namespace === metadata.namespace &&
      spec.policyTypes.includes(direction) &&
      selects(spec.podSelector, pod.labels ?? {}),
  );
  return own.length === 0 || own.some(({ spec }) => allows(spec));
}

/** Whether a rule names the other end and the port; what it leaves out, it allows. */
function fits(
  peers: Peer[] | undefined,
  ports: Rule["ports"],
  pod: End,
  other: End,
  { port, protocol = "TCP" }: Connection,
): boolean {
  const samePort = ports?.some((rule) => rule.port === port && (rule.protocol ?? "TCP") === protocol) ?? true;
  return samePort && (peers?.some((peer) => isPeer(peer, pod, other)) ?? true);
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: Peer, pod: End, other: End): boolean {
  if (ipBlock) {
    const { cidr, except = [] } = ipBlock;
    const { address } = other;
    return address !== undefined && inside(address, cidr) && !except.some((part) => inside(address, part));
  }
  if (other.namespace === undefined) return false;
  const sameNamespace = namespaceSelector
    ? selects(namespaceSelector, { "kubernetes.io/metadata.name": other.namespace })
    : other.namespace === pod.namespace;
  return sameNamespace && selects(podSelector ?? {}, other.labels ?? {});
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Record<string, string>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== "In") throw new Error(`no operator ${operator}`);
      return values.includes(labels[key] ?? "");
    })
  );
}

function inside(address: string, cidr: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const list = new BlockList();
  // A prefix of 0 is every address; the class takes it for none.
  if (prefix === "0") return true;
  list.addSubnet(network, Number(prefix));
  return list.check(address);
}
