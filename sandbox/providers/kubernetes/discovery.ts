import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import { ApiError, type KubeClient } from "./client.ts";
import { groupOf, type GroupVersionKind } from "./naming.ts";
import { get, getList, getString } from "./values.ts";

/** Where a kind lives in the API. */
export interface ResourceInfo {
  plural: string;
  namespaced: boolean;
}

/** Kinds that belong to the whole cluster, so that `check` need not ask the API server. */
const clusterKinds = new Set(
  (
    "Namespace Node PersistentVolume ClusterRole ClusterRoleBinding StorageClass PriorityClass IngressClass RuntimeClass " +
    "CustomResourceDefinition APIService MutatingWebhookConfiguration ValidatingWebhookConfiguration " +
    "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding " +
    "CSIDriver CSINode VolumeAttachment CertificateSigningRequest FlowSchema PriorityLevelConfiguration GatewayClass " +
    "ClusterIssuer DeviceClass"
  ).split(" "),
);

/** Groups whose other kinds are all in a namespace. */
const namespacedGroups = new Set([
  "",
  "apps",
  "autoscaling",
  "batch",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "gateway.networking.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
]);

/** How long a create waits for a kind whose definition is made by the same update, in milliseconds. */
const patience = 5000;

/** Which path serves which kind. One group is asked for at a time and remembered. */
export class Discovery {
  readonly #client: KubeClient;
  readonly #groups = new Map<string, Promise<Map<string, ResourceInfo>>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Undefined where the API server does not know the kind. */
  async find({ apiVersion, kind }: GroupVersionKind): Promise<ResourceInfo | undefined> {
    const known = this.#groups.get(apiVersion) ?? this.#fetch(apiVersion);
    this.#groups.set(apiVersion, known);
    const forget = (): void => {
      this.#groups.delete(apiVersion);
    };
    const resources = await known.catch((error: unknown) => {
      forget();
      if (error instanceof ApiError && error.status === 404) return new Map<string, ResourceInfo>();
      throw error;
    });
    const found = resources.get(kind);
    if (!found) forget();
    return found;
  }

  /** As `find`, but waits a little for a definition that is only being made. */
  async require(gvk: GroupVersionKind, signal?: AbortSignal): Promise<ResourceInfo> {
    for (const end = Date.now() + patience; ;) {
      const found = await this.find(gvk);
      if (found) return found;
      if (Date.now() > end)
        throw new UserError(
          `the API server at ${this.#client.server} knows no ${gvk.kind} in ${gvk.apiVersion}: ` +
            `is its CustomResourceDefinition installed?`,
        );
      await sleep(250, undefined, { signal });
    }
  }

  /** Whether objects of a kind have a namespace; a kind nobody knows yet is taken to have one. */
  async namespaced(gvk: GroupVersionKind): Promise<boolean> {
    if (clusterKinds.has(gvk.kind)) return false;
    if (namespacedGroups.has(groupOf(gvk.apiVersion))) return true;
    const found = await this.find(gvk).catch(() => undefined);
    return found?.namespaced ?? true;
  }

  async #fetch(apiVersion: string): Promise<Map<string, ResourceInfo>> {
    const list = await this.#client.request("GET", groupPath(apiVersion));
    const resources = getList(list, "resources").flatMap((resource): [string, ResourceInfo][] => {
      const plural = getString(resource, "name") ?? "";
      const kind = getString(resource, "kind") ?? "";
      return plural.includes("/")
        ? []
        : [[kind, { plural, namespaced: get(resource, "namespaced") === true }]];
    });
    return new Map(resources);
  }
}

export const groupPath = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** The path of one object, or of the collection where the name is left out. */
export function objectPath(
  apiVersion: string,
  info: ResourceInfo,
  namespace: string | undefined,
  name?: string,
): string {
  const parts = [groupPath(apiVersion)];
  if (info.namespaced) parts.push("namespaces", encodeURIComponent(namespace ?? "default"));
  parts.push(info.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  return parts.join("/");
}
