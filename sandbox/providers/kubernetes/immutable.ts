import { groupOf, type GroupVersionKind } from "./naming.ts";
import { get, type JsonObject } from "./values.ts";

/** Provider settings that decide whether data may change in place. */
export interface Mutability {
  configMap: boolean;
  secret: boolean;
}

const selector = ["spec.selector"];
const statefulSet = [
  "spec.podManagementPolicy",
  "spec.revisionHistoryLimit",
  "spec.selector",
  "spec.serviceName",
  "spec.volumeClaimTemplates",
];

/** Fields of a kind whose change needs a new object, by group and kind; everything below a field counts. */
const immutableFields: Record<string, readonly string[]> = {
  "apps/Deployment": selector,
  "apps/DaemonSet": selector,
  "apps/StatefulSet": statefulSet,
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "scheduling.k8s.io/PriorityClass": ["value", "preemptionPolicy"],
};

/** The few fields of a running Pod's specification that may change in place. */
const mutablePodFields = ["spec.activeDeadlineSeconds", "spec.tolerations"];

/** Whether a change at this path (`spec.selector.matchLabels.app`) needs a new object. */
export function needsReplacement(
  path: string,
  gvk: GroupVersionKind,
  inputs: JsonObject,
  mutability: Mutability,
): boolean {
  const within = (field: string): boolean =>
    path === field ||
    path.startsWith(`${field}.`) ||
    path.startsWith(`${field}[`) ||
    field.startsWith(`${path}.`);
  if (["kind", "metadata.name", "metadata.namespace"].includes(path) || path === "metadata") return true;
  const key = `${groupOf(gvk.apiVersion)}/${gvk.kind}`;
  if (key === "/Pod")
    return (
      within("spec") &&
      !mutablePodFields.some((field) => within(field)) &&
      !/^spec\.(initC|c)ontainers\[\d+\]\.image$/.test(path)
    );
  if (key === "/ConfigMap" && frozen(inputs, mutability.configMap))
    return within("data") || within("binaryData");
  if (key === "/Secret" && frozen(inputs, mutability.secret))
    return within("type") || within("data") || within("stringData") || within("immutable");
  return (immutableFields[key] ?? []).some(within);
}

const frozen = (inputs: JsonObject, mutable: boolean): boolean =>
  !mutable || get(inputs, "immutable") === true;
