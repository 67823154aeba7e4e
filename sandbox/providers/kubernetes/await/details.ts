import type { KubeClient } from "../client.ts";
import { get, getList, getObject, getString, isObject, show, type Json, type KubeObject } from "../values.ts";
import { condition } from "./workloads.ts";
import { isReady, podProblems } from "./pods.ts";
import type { Backing } from "./workloads.ts";

const namespaceOf = (object: KubeObject): string => getString(object, "metadata", "namespace") ?? "default";
const nameOf = (object: KubeObject): string => getString(object, "metadata", "name") ?? "";
const objects = (list: KubeObject): KubeObject[] => getList(list, "items").filter(isObject);

/** A label selector in the API's query form. */
export function selectorText(selector: KubeObject): string {
  const parts = Object.entries(getObject(selector, "matchLabels")).map(
    ([key, value]) => `${key}=${show(value)}`,
  );
  for (const expression of getList(selector, "matchExpressions")) {
    const key = getString(expression, "key") ?? "";
    const values = getList(expression, "values").map(show).join(",");
    const operator = getString(expression, "operator");
    if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(`${key} ${operator === "NotIn" ? "notin" : "in"} (${values})`);
  }
  return parts.join(",");
}

const pods = async (client: KubeClient, namespace: string, labelSelector: string): Promise<KubeObject[]> =>
  objects(await client.request("GET", `/api/v1/namespaces/${namespace}/pods`, { query: { labelSelector } }));

/** What troubles the pods behind a workload, or the pod itself. Never fails: it only explains. */
export async function explain(client: KubeClient, live: KubeObject): Promise<string | undefined> {
  try {
    const found = await podsOf(client, live);
    const unready = found.filter((pod) => !isReady(pod));
    const running = unready
      .filter((pod) => getString(condition(pod, "ContainersReady"), "status") === "False")
      .slice(0, 3);
    const probes = new Map<string, string>();
    for (const pod of running) {
      const probe = await lastProbe(client, pod);
      if (probe) probes.set(nameOf(pod), probe);
    }
    return podProblems(unready, probes);
  } catch {
    return undefined;
  }
}

async function podsOf(client: KubeClient, live: KubeObject): Promise<KubeObject[]> {
  const kind = getString(live, "kind");
  if (kind === "Pod") return [live];
  const selector = getObject(live, "spec", "selector");
  if (!["Deployment", "StatefulSet", "DaemonSet", "Job"].includes(kind ?? "")) return [];
  const found = await pods(client, namespaceOf(live), selectorText(selector));
  const hash = kind === "Deployment" ? await newestTemplate(client, live) : undefined;
  return found.filter((pod) => {
    const labels = getObject(pod, "metadata", "labels");
    return hash === undefined || labels["pod-template-hash"] === hash;
  });
}

/** The label value of a Deployment's newest pods, whose trouble is the rollout's. */
async function newestTemplate(client: KubeClient, deployment: KubeObject): Promise<Json | undefined> {
  const revisionKey = "deployment.kubernetes.io/revision";
  const revision = getString(deployment, "metadata", "annotations", revisionKey);
  const labelSelector = selectorText(getObject(deployment, "spec", "selector"));
  const path = `/apis/apps/v1/namespaces/${namespaceOf(deployment)}/replicasets`;
  const sets = objects(await client.request("GET", path, { query: { labelSelector } }));
  const newest = sets.find((set) => getString(set, "metadata", "annotations", revisionKey) === revision);
  return get(newest, "metadata", "labels", "pod-template-hash");
}

/** What the newest failing probe of a pod saw. */
async function lastProbe(client: KubeClient, pod: KubeObject): Promise<string | undefined> {
  const list = await client.request("GET", `/api/v1/namespaces/${namespaceOf(pod)}/events`, {
    query: { fieldSelector: `involvedObject.name=${nameOf(pod)},reason=Unhealthy` },
  });
  const time = (event: KubeObject): string =>
    getString(event, "series", "lastObservedTime") ??
    getString(event, "lastTimestamp") ??
    getString(event, "eventTime") ??
    "";
  const newest = objects(list)
    .sort((a, b) => time(a).localeCompare(time(b)))
    .at(-1);
  return getString(newest, "message");
}

/** What stands behind a Service; undefined where it selects nothing. */
export async function backingOf(client: KubeClient, service: KubeObject): Promise<Backing | undefined> {
  const selector = getObject(service, "spec", "selector");
  if (Object.keys(selector).length === 0 || getString(service, "spec", "type") === "ExternalName")
    return undefined;
  const found = await pods(client, namespaceOf(service), selectorText({ matchLabels: selector }));
  if (found.length === 0) return { pods: 0, endpoints: 0 };
  const slices = await client.request(
    "GET",
    `/apis/discovery.k8s.io/v1/namespaces/${namespaceOf(service)}/endpointslices`,
    {
      query: { labelSelector: `kubernetes.io/service-name=${nameOf(service)}` },
    },
  );
  const endpoints = objects(slices)
    .flatMap((slice) => getList(slice, "endpoints"))
    .filter((endpoint) => get(endpoint, "conditions", "ready") !== false);
  return { pods: found.length, endpoints: endpoints.length };
}

/** Whether a claim's storage class binds only when a pod uses it. */
export async function bindsLate(client: KubeClient, claim: KubeObject): Promise<boolean> {
  const name = getString(claim, "spec", "storageClassName");
  if (!name) return false;
  const found = await client
    .request("GET", `/apis/storage.k8s.io/v1/storageclasses/${name}`)
    .catch(() => undefined);
  return getString(found, "volumeBindingMode") === "WaitForFirstConsumer";
}
