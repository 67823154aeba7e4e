import { equal, hasUnknown, isObject, type Json } from "./values.ts";

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

/** Whether two unequal values mean the same. */
export type SameMeaning = (before: Json, after: Json, path: string) => boolean;

/** Collects what differs between two plain values, by property path; an unknown value counts as different. */
export function compare(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  found: Map<string, ChangeKind>,
  same: SameMeaning = () => false,
): void {
  if (before === undefined) {
    if (after !== undefined) found.set(path, "add");
  } else if (after === undefined) {
    found.set(path, "delete");
  } else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(before[key], after[key], childPath(path, key), found, same);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(before[i], after[i], `${path}[${i}]`, found, same);
  } else if (hasUnknown(after) || (!equal(before, after) && !same(before, after, path))) {
    found.set(path, "update");
  }
}

/** One step of a property path; keys with other characters are quoted. */
export function childPath(path: string, key: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(key)) return path === "" ? key : `${path}.${key}`;
  return `${path}[${JSON.stringify(key)}]`;
}
