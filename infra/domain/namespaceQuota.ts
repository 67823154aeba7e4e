import { quantity } from "./quantity.ts";

/** What one pod asks for, and the most it may have: Kubernetes quantities. */
export interface PodResources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

export interface QuotaNeed {
  /** Both colours at their largest, each with the one more pod of a rolling update. */
  maxReplicas: number;
  app: PodResources;
  /** Room for pods that are neither the application's nor the watcher's: backup jobs. */
  otherPods: number;
  other: PodResources;
  /** The release watcher, where there is one; it too has one more pod while it is updated. */
  watcher?: PodResources;
}

/** The most that everything in a namespace may ask for together, as a ResourceQuota's `hard`. */
export function namespaceQuota(need: QuotaNeed): Record<string, string> {
  const { maxReplicas, app, otherPods, other, watcher } = need;
  const pods: (readonly [count: number, each: PodResources])[] = [
    [2 * (maxReplicas + 1), app],
    [otherPods, other],
    ...(watcher ? [[2, watcher] as const] : []),
  ];
  const sum = (pick: (resources: PodResources) => string): number =>
    pods.reduce((total, [count, each]) => total + count * (quantity(pick(each)) ?? 0), 0);
  return {
    pods: String(pods.reduce((total, [count]) => total + count, 0)),
    "requests.cpu": cores(sum(({ requests }) => requests.cpu)),
    "requests.memory": mebibytes(sum(({ requests }) => requests.memory)),
    "limits.cpu": cores(sum(({ limits }) => limits.cpu)),
    "limits.memory": mebibytes(sum(({ limits }) => limits.memory)),
    // What would open a way in past the Gateway, or keep data that nothing here backs up.
    "services.loadbalancers": "0",
    "services.nodeports": "0",
    persistentvolumeclaims: "0",
  };
}

/** Rounded up, and written as the API server writes it, so that nothing reads as a change. */
function cores(amount: number): string {
  const thousandths = Math.ceil(Number((amount * 1000).toFixed(3)));
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

function mebibytes(amount: number): string {
  const count = Math.ceil(amount / 2 ** 20);
  return count % 1024 === 0 ? `${count / 1024}Gi` : `${count}Mi`;
}
