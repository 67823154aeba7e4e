import { parseWaitFor } from "./await/wait-for.ts";
import {
  annotations,
  autoName,
  kindOfType,
  timeoutSeconds,
  typeOfUrn,
  unsupported,
  type GroupVersionKind,
} from "./naming.ts";
import {
  get,
  getString,
  hasUnknown,
  inside,
  isObject,
  isSecret,
  isUnknown,
  markSecrets,
  plainObject,
  type Json,
  type JsonObject,
} from "./values.ts";

export interface CheckArgs {
  urn: string;
  news: JsonObject;
  /** Inputs of the last update; empty for a new resource. */
  olds: JsonObject;
  seed: Uint8Array;
  /** The stack's autonaming setting, where it has one. */
  autonaming?: { mode: "propose" | "enforce" | "disable"; proposedName: string };
  /** Namespace for objects that name none. */
  defaultNamespace?: string;
  namespaced: (gvk: GroupVersionKind) => Promise<boolean>;
}

/** Completes the inputs (apiVersion, kind, name, namespace) and says what is wrong with them. */
export async function check(args: CheckArgs): Promise<{ inputs: JsonObject; problems: string[] }> {
  const refused = unsupported(typeOfUrn(args.urn));
  if (refused) return { inputs: args.news, problems: [refused] };
  const gvk = kindOfType(typeOfUrn(args.urn));
  const inputs: JsonObject = { apiVersion: gvk.apiVersion, kind: gvk.kind, ...args.news };
  const problems: string[] = [];
  for (const key of ["apiVersion", "kind"] as const) {
    const given = inside(inputs[key]);
    if (given !== gvk[key] && !isUnknown(given))
      problems.push(`${key} is ${JSON.stringify(given)}, but ${typeOfUrn(args.urn)} has "${gvk[key]}"`);
  }
  const metadata = inside(inputs.metadata) ?? {};
  if (isUnknown(metadata)) return { inputs, problems };
  if (!isObject(metadata))
    return {
      inputs,
      problems: [...problems, "metadata should be an object"],
    };
  if (metadata.generateName !== undefined)
    problems.push(
      "metadata.generateName does not work with server-side apply: leave out metadata.name to get a generated one",
    );
  let completed: JsonObject = { ...metadata };
  if (!named(completed)) {
    const name = chooseName(args);
    if (name === undefined) problems.push("autonaming is disabled for this stack: metadata.name is required");
    else completed = withName(completed, name);
  }
  const nameProblem = invalidName(gvk.kind, getString(completed, "name"));
  if (nameProblem) problems.push(nameProblem);
  const { defaultNamespace } = args;
  if (defaultNamespace && missing(completed.namespace) && (await args.namespaced(gvk)))
    completed.namespace = defaultNamespace;
  inputs.metadata = isSecret(inputs.metadata) ? { ...inputs.metadata, value: completed } : completed;
  for (const name of [annotations.waitFor, annotations.timeoutSeconds]) {
    const problem = annotationProblem(plainObject(inputs), name);
    if (problem) problems.push(problem);
  }
  return { inputs: markSecrets(inputs, inputs), problems };
}

/** Steering annotations are read after the object was made: too late for a typing mistake. */
function annotationProblem(inputs: JsonObject, name: string): string | undefined {
  const value = get(inputs, "metadata", "annotations", name);
  if (value === undefined || hasUnknown(value)) return undefined;
  try {
    if (name === annotations.waitFor) parseWaitFor(inputs);
    else timeoutSeconds(inputs, 0);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const missing = (value: Json | undefined): boolean => {
  const bare = inside(value);
  return bare === undefined || bare === null || bare === "";
};

const named = (metadata: JsonObject): boolean => !missing(metadata.name);

/** The earlier generated name, if there is one, so that an update never renames. */
function chooseName({ olds, urn, seed, autonaming }: CheckArgs): string | undefined {
  const former = getString(olds, "metadata", "name");
  if (former && isAutonamed(olds)) return former;
  if (!autonaming) return autoName(urn, seed);
  return autonaming.mode === "disable" ? undefined : autonaming.proposedName;
}

/** Whether the name was generated here: then a replacement may exist beside the old object. */
export const isAutonamed = (inputs: JsonObject): boolean =>
  get(inputs, "metadata", "annotations", annotations.autonamed) === "true";

function withName(metadata: JsonObject, name: string): JsonObject {
  const given = inside(metadata.annotations);
  if (isUnknown(given)) return { ...metadata, name };
  const noted = { ...(isObject(given) ? given : {}), [annotations.autonamed]: "true" };
  return {
    ...metadata,
    name,
    annotations: isSecret(metadata.annotations) ? { ...metadata.annotations, value: noted } : noted,
  };
}

/** Most kinds want a DNS subdomain; RBAC names are free. Everything finer is the API server's to say. */
function invalidName(kind: string, name: string | undefined): string | undefined {
  if (name === undefined || hasUnknown(name) || /Role(Binding)?$/.test(kind)) return undefined;
  if (name.length <= 253 && /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/.test(name)) return undefined;
  return `metadata.name is "${name}": lower-case letters, digits, "-" and "." are allowed, at most 253 of them`;
}
