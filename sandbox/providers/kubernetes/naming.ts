import { createHash, randomBytes } from "node:crypto";
import { UserError } from "../../errors.ts";
import { getString, type KubeObject } from "./values.ts";

/** Which API serves a kind: `apps/v1` and `Deployment`. */
export interface GroupVersionKind {
  apiVersion: string;
  kind: string;
}

/** The API group of `apps/v1` is `apps`, that of `v1` is empty. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

/** `kubernetes:apps/v1:Deployment` is served by apps/v1; the group that has no name is called core in tokens. */
export function kindOfType(type: string): GroupVersionKind {
  const [, module = "", kind = ""] = type.split(":");
  return { apiVersion: module === "core/v1" ? "v1" : module, kind };
}

/** The type token of a resource: the last one of the chain of parents in its URN. */
export function typeOfUrn(urn: string): string {
  const chain = urn.split("::")[2] ?? "";
  return chain.slice(chain.lastIndexOf("$") + 1);
}

/** The logical name of a resource, which may itself hold `::`. */
export const nameOfUrn = (urn: string): string => urn.split("::").slice(3).join("::");

/** What the object says it is, else what its type token says. */
export function kindOf(object: KubeObject, urn: string): GroupVersionKind {
  const byType = kindOfType(typeOfUrn(urn));
  return {
    apiVersion: getString(object, "apiVersion") ?? byType.apiVersion,
    kind: getString(object, "kind") ?? byType.kind,
  };
}

/** Why this stand-in cannot serve a type, as a sentence; undefined where it can. */
export function unsupported(type: string): string | undefined {
  const { apiVersion, kind } = kindOfType(type);
  const group = groupOf(apiVersion);
  const advice = "install the official one (pulumi plugin install resource kubernetes)";
  if (group === "helm.sh" || group === "kustomize" || group === "yaml")
    return `the Kubernetes stand-in provider does not serve ${type}: ${advice}`;
  if (kind.endsWith("Patch"))
    return `the Kubernetes stand-in provider does not serve patch resources (${type}): ${advice}`;
  if (kind.endsWith("List")) return `${type} is a list: declare each of its items as a resource of its own`;
  return undefined;
}

/** `pulse/web` for an object in a namespace, `web` for one of the whole cluster. */
export function idOf(object: KubeObject): string {
  const name = getString(object, "metadata", "name") ?? "";
  const namespace = getString(object, "metadata", "namespace");
  return namespace ? `${namespace}/${name}` : name;
}

export function parseId(id: string): { namespace?: string; name: string } {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** An object as people name it: `Deployment pulse/web`. */
export const describe = (object: KubeObject): string =>
  `${getString(object, "kind") ?? "object"} ${idOf(object)}`;

/** `<logical>-<8 hex>`: the same for the same seed, so that preview and update agree. */
export function autoName(urn: string, seed: Uint8Array): string {
  const hex =
    seed.length > 0
      ? createHash("sha256").update(seed).digest("hex").slice(0, 8)
      : randomBytes(4).toString("hex");
  return `${nameOfUrn(urn)}-${hex}`;
}

/** The annotations that steer this provider, as the official one has them. */
export const annotations = {
  autonamed: "pulumi.com/autonamed",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  fieldManager: "pulumi.com/patchFieldManager",
  force: "pulumi.com/patchForce",
  skipAwait: "pulumi.com/skipAwait",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  waitFor: "pulumi.com/waitFor",
} as const;

export const annotation = (object: KubeObject, name: string): string | undefined =>
  getString(object, "metadata", "annotations", name);

/**
 * Who owns the fields of a resource. Without the annotation it is a name nobody would guess, one for each resource, so
 * that no other writer shares it by chance. It follows from the URN: an update killed between the API call and the
 * state file finds its own fields again instead of a conflict with its former self.
 */
export function fieldManager(inputs: KubeObject, urn: string, recorded: string | undefined): string {
  const hash = createHash("sha256").update(urn).digest("hex").slice(0, 8);
  return annotation(inputs, annotations.fieldManager) ?? recorded ?? `pulumi-kubernetes-${hash}`;
}

/** Seconds an operation may take: the resource option, else the annotation, else ten minutes. */
export function timeoutSeconds(inputs: KubeObject, requested: number): number {
  if (requested > 0) return requested;
  const text = annotation(inputs, annotations.timeoutSeconds);
  if (text === undefined) return 600;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new UserError(
      `${annotations.timeoutSeconds} of ${describe(inputs)} is "${text}": a number of seconds above 0 is allowed`,
    );
  return seconds;
}
