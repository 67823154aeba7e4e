import { UserError } from "../../errors.ts";
import { ApiError, causesOf, type KubeClient } from "./client.ts";
import type { Discovery } from "./discovery.ts";
import { objectPath } from "./discovery.ts";
import { annotation, annotations, describe, kindOf } from "./naming.ts";
import { getString, type JsonObject, type KubeObject } from "./values.ts";

/** What it takes to write to one API server. */
export interface Target {
  client: KubeClient;
  discovery: Discovery;
  /** Take over contested fields always (the provider's own setting). */
  force: boolean;
}

export interface ApplyOptions {
  manager: string;
  /** The name under which this resource was written before, where that has changed. */
  formerManager?: string;
  urn: string;
  dryRun: boolean;
  signal?: AbortSignal;
  warn?: (message: string) => void;
}

/** Names of this provider's own former ways of writing: a conflict with them is one with ourselves. */
const ownNames = ["pulumi-kubernetes", "pulumi-resource-kubernetes"];

/** The object's path in the API. */
export async function pathOf(
  target: Target,
  object: KubeObject,
  urn: string,
  signal?: AbortSignal,
): Promise<string> {
  const gvk = kindOf(object, urn);
  const info = await target.discovery.require(gvk, signal);
  return objectPath(
    gvk.apiVersion,
    info,
    getString(object, "metadata", "namespace"),
    getString(object, "metadata", "name"),
  );
}

/**
 * Server-side apply with strict field validation: an unknown or repeated field is an error. Fields that another manager
 * has set to another value are a conflict, unless the object or the provider says to take them over.
 */
export async function apply(target: Target, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  const path = await pathOf(target, object, options.urn, options.signal);
  const force = target.force || annotation(object, annotations.force) === "true";
  const send = (forced: boolean): Promise<KubeObject> => patch(target, path, object, options, forced);
  let live: KubeObject;
  try {
    live = await send(force);
  } catch (error) {
    const conflicts = conflictsOf(error);
    if (!(error instanceof ApiError) || conflicts.length === 0) throw refined(error, object);
    const ours = [options.manager, options.formerManager, ...ownNames];
    if (!conflicts.every((conflict) => ours.includes(conflict.manager)))
      throw new UserError(conflictMessage(object, conflicts));
    live = await send(true);
  }
  const { formerManager } = options;
  if (formerManager !== undefined && formerManager !== options.manager && !options.dryRun)
    live = await release(target, path, object, { ...options, manager: formerManager });
  return live;
}

const patch = (
  { client }: Target,
  path: string,
  object: JsonObject,
  options: ApplyOptions,
  force: boolean,
): Promise<KubeObject> =>
  client.request("PATCH", path, {
    query: {
      fieldManager: options.manager,
      fieldValidation: "Strict",
      force: String(force),
      dryRun: options.dryRun ? "All" : undefined,
    },
    body: object,
    contentType: "application/apply-patch+yaml", // JSON is YAML
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.warn ? { warn: options.warn } : {}),
  });

/** Gives up all fields of a manager: an apply that names nothing but the object. */
function release(
  target: Target,
  path: string,
  object: KubeObject,
  options: ApplyOptions,
): Promise<KubeObject> {
  const { apiVersion, kind } = kindOf(object, options.urn);
  const name = getString(object, "metadata", "name") ?? "";
  return patch(target, path, { apiVersion, kind, metadata: { name } }, options, true);
}

/** Checks a new object as the server would, without making it; what the preview cannot know yet is no error. */
export async function rehearseCreate(
  target: Target,
  object: KubeObject,
  options: ApplyOptions,
): Promise<void> {
  const gvk = kindOf(object, options.urn);
  const info = await target.discovery.find(gvk);
  if (!info) return; // its definition may be part of the same update
  const path = objectPath(gvk.apiVersion, info, getString(object, "metadata", "namespace"));
  try {
    await target.client.request("POST", path, {
      query: { dryRun: "All", fieldValidation: "Strict", fieldManager: options.manager },
      body: object,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.warn ? { warn: options.warn } : {}),
    });
  } catch (error) {
    // 404: a namespace of the same update. 409: a replacement whose predecessor is still there. 403: the namespace's own
    // helpers (service account, quota) may come with it.
    if (error instanceof ApiError && [403, 404, 409].includes(error.status)) return;
    throw refined(error, object);
  }
}

export interface Conflict {
  manager: string;
  field: string;
}

/** The contested fields of a failed apply; empty for other errors. */
export function conflictsOf(error: unknown): Conflict[] {
  if (!(error instanceof ApiError) || error.status !== 409) return [];
  return causesOf(error)
    .filter((cause) => cause.reason === "FieldManagerConflict")
    .map((cause) => ({
      manager: /conflict with "([^"]*)"/.exec(cause.message)?.[1] ?? "another writer",
      field: cause.field,
    }));
}

export function conflictMessage(object: KubeObject, conflicts: Conflict[]): string {
  const managers = [...new Set(conflicts.map((conflict) => `"${conflict.manager}"`))].join(", ");
  const fields = [...new Set(conflicts.map((conflict) => conflict.field))].join(", ");
  return (
    `${describe(object)}: server-side apply conflict, ${fields} ${conflicts.length > 1 ? "were" : "was"} also set by ${managers}; ` +
    `leave the field to it, or take it over with the annotation ${annotations.force}: "true"`
  );
}

/** The server's sentence, led by the object it is about where it does not say so itself. */
function refined(error: unknown, object: KubeObject): unknown {
  if (!(error instanceof ApiError)) return error;
  const name = getString(object, "metadata", "name") ?? "";
  const text = error.message.replace(/^failed to create typed patch object \([^)]*\): /, "");
  return text.includes(`"${name}"`) ? new UserError(text) : new UserError(`${describe(object)}: ${text}`);
}
