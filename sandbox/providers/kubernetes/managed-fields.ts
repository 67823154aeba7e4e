import {
  equal,
  getList,
  getObject,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
} from "./values.ts";

/**
 * How the API server merges a list: item by item (by key fields or as a set of values), or as one value that belongs to
 * whoever wrote it last.
 */
export type ListKind = { merge: "keys"; keys: string[] } | { merge: "set" } | { merge: "whole" };

/** What `metadata.managedFields` tells of one place in an object: one node of each manager's tree of fields. */
export type FieldNodes = JsonObject[];

/** The root nodes of an object's managers. */
export const fieldsOf = (live: KubeObject): FieldNodes =>
  getList(live, "metadata", "managedFields").map((entry) => getObject(entry, "fieldsV1"));

/** The nodes of a member of an object. */
export const memberNodes = (nodes: FieldNodes, key: string): FieldNodes => step(nodes, `f:${key}`);

/** The nodes of a list's item; a list that is one value has none. */
export function itemNodes(nodes: FieldNodes, item: Json): FieldNodes {
  return nodes.flatMap((node) =>
    Object.entries(node).flatMap(([name, child]) => {
      if (!name.startsWith("k:") || !isObject(child) || !isObject(item)) return [];
      const keys = JSON.parse(name.slice(2)) as JsonObject;
      return Object.entries(keys).every(([key, value]) => equal(item[key], value)) ? [child] : [];
    }),
  );
}

const step = (nodes: FieldNodes, name: string): FieldNodes =>
  nodes.flatMap((node) => {
    const child = node[name];
    return isObject(child) ? [child] : [];
  });

/** How the list at this place is merged. */
export function listKind(nodes: FieldNodes): ListKind {
  const names = nodes.flatMap((node) => Object.keys(node));
  const keyed = names.find((name) => name.startsWith("k:"));
  if (keyed !== undefined)
    return { merge: "keys", keys: Object.keys(JSON.parse(keyed.slice(2)) as JsonObject) };
  return names.some((name) => name.startsWith("v:")) ? { merge: "set" } : { merge: "whole" };
}
