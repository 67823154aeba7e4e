import { isAutonamed } from "./check.ts";
import { needsReplacement, type Mutability } from "./immutable.ts";
import type { GroupVersionKind } from "./naming.ts";
import { sameQuantity } from "./quantity.ts";
import {
  equal,
  get,
  getString,
  hasUnknown,
  isObject,
  isUnknown,
  plainObject,
  without,
  type Json,
  type JsonObject,
} from "./values.ts";

export type ChangeKind = "add" | "delete" | "update";

export interface Difference {
  kind: ChangeKind;
  replace: boolean;
}

export interface DiffResult {
  /** By property path, as the engine writes them: `spec.template.spec.containers[0].image`. */
  changes: Map<string, Difference>;
  /** Paths that need a new object. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** Compares the inputs as last applied (or as refreshed from the live object) with those of the program. */
export function diff(
  olds: JsonObject,
  news: JsonObject,
  gvk: GroupVersionKind,
  mutability: Mutability,
): DiffResult {
  const before = canonical(plainObject(olds));
  const after = canonical(plainObject(news));
  const found = new Map<string, ChangeKind>();
  compare(before, after, "", found);
  const changes = new Map<string, Difference>();
  for (const [path, kind] of found)
    changes.set(path, { kind, replace: needsReplacement(path, gvk, after, mutability) });
  const replaces = [...changes].filter(([, change]) => change.replace).map(([path]) => path);
  return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && keepsItsName(before, after) };
}

/** Two objects of one name cannot exist side by side; a generated name changes with the replacement. */
function keepsItsName(before: JsonObject, after: JsonObject): boolean {
  if (isAutonamed(after)) return false;
  const name = get(after, "metadata", "name");
  if (isUnknown(name)) return false;
  return (
    name === get(before, "metadata", "name") &&
    get(before, "metadata", "namespace") === get(after, "metadata", "namespace")
  );
}

/** No namespace means `default`, so that writing it out is not a change. */
function canonical(inputs: JsonObject): JsonObject {
  const metadata = inputs.metadata;
  if (!isObject(metadata) || getString(metadata, "namespace") !== "default") return inputs;
  return { ...inputs, metadata: without(metadata, "namespace") };
}

function compare(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  found: Map<string, ChangeKind>,
): void {
  if (before === undefined) {
    if (after !== undefined) found.set(path, "add");
  } else if (after === undefined) {
    found.set(path, "delete");
  } else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], childPath(path, key), found);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(before[i], after[i], `${path}[${i}]`, found);
  } else if (hasUnknown(after) || (!equal(before, after) && !sameQuantity(before, after, path))) {
    found.set(path, "update");
  }
}

/** One step of a property path; keys with other characters are quoted. */
export function childPath(path: string, key: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(key)) return path === "" ? key : `${path}.${key}`;
  return `${path}[${JSON.stringify(key)}]`;
}
