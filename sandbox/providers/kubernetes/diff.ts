import { compare, type ChangeKind, type Difference, type DiffResult } from "../shared/compare.ts";
import { isAutonamed } from "./check.ts";
import { needsReplacement, type Mutability } from "./immutable.ts";
import type { GroupVersionKind } from "./naming.ts";
import { sameQuantity } from "./quantity.ts";
import { get, getString, isObject, isUnknown, plainObject, without, type JsonObject } from "./values.ts";

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
  compare(before, after, "", found, sameQuantity);
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
