import { UserError } from "../errors.ts";
import { runProcess } from "../process.ts";

/** One colour of an environment, as the cluster has it. */
export interface Slot {
  color: string;
  image: string;
  wanted: number;
  ready: number;
  /** The route's weight for it, in percent. */
  weight: number;
}

/** One environment that the program applied. */
export interface Environment {
  namespace: string;
  app: string;
  hostname: string;
  slots: Slot[];
}

interface ObjectMeta {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
}
interface Deployment {
  kind: "Deployment";
  metadata: ObjectMeta;
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: { readyReplicas?: number };
}
interface Route {
  kind: "HTTPRoute";
  metadata: ObjectMeta;
  spec: { hostnames?: string[]; rules?: { backendRefs?: { name: string; weight?: number }[] }[] };
}

const managed = "app.kubernetes.io/managed-by=pulse-infra";

/** What the program's environments look like on the cluster, by one call of kubectl. */
export async function readEnvironments(
  kubectl: string,
  kubeconfig: string,
  signal?: AbortSignal,
): Promise<Environment[]> {
  const args = [
    "get",
    "deployments.apps,httproutes.gateway.networking.k8s.io",
    "-A",
    "-l",
    managed,
    "-o",
    "json",
  ];
  const { code, stdout, stderr } = await runProcess(kubectl, ["--kubeconfig", kubeconfig, ...args], {
    timeoutMs: 10_000,
    signal,
  });
  // A cluster that is only just coming up does not know routes yet.
  if (stderr.includes("doesn't have a resource type")) return [];
  if (code !== 0)
    throw new UserError(`The cluster's API server does not answer: ${stderr.trim().split("\n")[0] ?? ""}`);
  return environmentsOf((JSON.parse(stdout) as { items: (Deployment | Route)[] }).items);
}

/** Puts the colours of each route together; the routes of one colour alone carry no users. */
export function environmentsOf(items: readonly (Deployment | Route)[]): Environment[] {
  const deployments = items.filter((item) => item.kind === "Deployment");
  return items
    .filter((item) => item.kind === "HTTPRoute")
    .filter(({ metadata }) => metadata.labels?.color === undefined)
    .map(({ metadata: { name, namespace }, spec }) => {
      const backends = (spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
      const slots = deployments
        .filter(({ metadata }) => metadata.namespace === namespace && metadata.name.startsWith(`${name}-`))
        .map(({ metadata, spec: { replicas = 1, template }, status }) => ({
          color: metadata.labels?.color ?? metadata.name.slice(name.length + 1),
          image: template.spec.containers[0]?.image ?? "",
          wanted: replicas,
          ready: status?.readyReplicas ?? 0,
          weight: backends.find((backend) => backend.name === metadata.name)?.weight ?? 0,
        }))
        .sort((a, b) => a.color.localeCompare(b.color));
      return { namespace, app: name, hostname: spec.hostnames?.[0] ?? "", slots };
    });
}
