import { fieldsOf, itemNodes, listKind, memberNodes, type FieldNodes } from "./managed-fields.ts";
import { sameQuantity } from "./quantity.ts";
import {
  equal,
  getObject,
  isObject,
  without,
  type Json,
  type JsonObject,
  type KubeObject,
} from "./values.ts";

/** One place in the object, seen from all sides. */
interface Place {
  /** What the program asked for. */
  input: Json;
  live: Json;
  /** What the live value was when it was last written or read here. */
  recorded: Json | undefined;
  nodes: FieldNodes;
  path: string;
  /** Inside a list that is one value: fields that others added there are drift too, since an apply removes them. */
  owned: boolean;
}

/**
 * The inputs that the live object amounts to: the program's fields, with the live value where somebody changed it, and
 * without those that somebody removed. A field whose live value is what it was after our own write has not drifted,
 * however the server may have rewritten it (defaults, units, order of keys): it keeps the program's form.
 */
export function liveInputs(inputs: JsonObject, live: KubeObject, recorded: KubeObject): JsonObject {
  const result = pruneObject(
    { input: inputs, live, recorded, nodes: fieldsOf(live), path: "", owned: false },
    inputs,
    live,
  );
  return withoutStringData(result, inputs, live, recorded);
}

function prune(place: Place): Json {
  const { input, live, recorded, path } = place;
  if (isObject(input) && isObject(live)) return pruneObject(place, input, live);
  if (Array.isArray(input) && Array.isArray(live)) return pruneList(place, input, live);
  return equal(live, recorded) || sameQuantity(live, input, path) ? input : live;
}

function pruneObject(place: Place, input: JsonObject, live: JsonObject): JsonObject {
  const recorded = isObject(place.recorded) ? place.recorded : {};
  const result: JsonObject = {};
  for (const [key, wanted] of Object.entries(input)) {
    const found = live[key];
    if (found !== undefined) result[key] = prune(child(place, key, wanted, found, recorded[key]));
    else if (recorded[key] === undefined) result[key] = wanted; // the server never kept it: an empty map, write-only data
  }
  if (place.owned && isObject(place.recorded))
    for (const [key, found] of Object.entries(live))
      if (input[key] === undefined && !equal(found, recorded[key])) result[key] = found;
  return result;
}

const child = (place: Place, key: string, input: Json, live: Json, recorded: Json | undefined): Place => ({
  input,
  live,
  recorded,
  nodes: memberNodes(place.nodes, key),
  path: place.path === "" ? key : `${place.path}.${key}`,
  owned: place.owned,
});

function pruneList(place: Place, input: Json[], live: Json[]): Json[] {
  const recorded = Array.isArray(place.recorded) ? place.recorded : [];
  const kind = place.owned ? { merge: "whole" as const } : listKind(place.nodes);
  if (kind.merge === "set") return input.filter((item) => live.some((other) => equal(item, other)));
  if (kind.merge === "keys")
    return input.flatMap((item) => {
      const same = matching(item, kind.keys);
      const found = live.find(same);
      if (found === undefined) return recorded.some(same) ? [] : [item];
      return [
        prune({
          ...place,
          input: item,
          live: found,
          recorded: recorded.find(same),
          nodes: itemNodes(place.nodes, found),
        }),
      ];
    });
  return live.map((found, i) => {
    const item = input[i];
    if (item === undefined) return found;
    return prune({
      ...place,
      input: item,
      live: found,
      recorded: recorded[i],
      nodes: [],
      path: `${place.path}[${i}]`,
      owned: true,
    });
  });
}

/** An item of the same key; key fields left out of an input stand for any default. */
function matching(item: Json, keys: string[]): (other: Json) => boolean {
  if (!isObject(item)) return (other) => equal(item, other);
  return (other) =>
    isObject(other) && keys.every((key) => item[key] === undefined || equal(item[key], other[key]));
}

/** `stringData` of a Secret is write-only; the server shows it in `data`. */
function withoutStringData(
  result: JsonObject,
  inputs: JsonObject,
  live: KubeObject,
  recorded: KubeObject,
): JsonObject {
  const written = inputs.stringData;
  if (inputs.kind !== "Secret" || !isObject(written)) return result;
  const [now, then] = [live.data, recorded.data];
  const stringData: JsonObject = {};
  for (const [key, value] of Object.entries(written)) {
    const found = isObject(now) ? now[key] : undefined;
    if (found === undefined) continue;
    const unchanged = equal(found, isObject(then) ? then[key] : undefined);
    stringData[key] = unchanged
      ? value
      : Buffer.from(typeof found === "string" ? found : "", "base64").toString("utf8");
  }
  return { ...result, stringData };
}

/** Annotations the server or kubectl writes for itself. */
const bookkeeping = ["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"];
const serverFields = [
  "creationTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** Inputs for an object that has none yet (import): all it says but what only the server writes. */
export function importedInputs(live: KubeObject): JsonObject {
  const rest = without(live, "status");
  const metadata = without(getObject(rest, "metadata"), ...serverFields);
  if (isObject(metadata.annotations)) {
    const notes = Object.entries(metadata.annotations).filter(([key]) => !bookkeeping.includes(key));
    if (notes.length > 0) metadata.annotations = Object.fromEntries(notes);
    else return { ...rest, metadata: without(metadata, "annotations") };
  }
  return { ...rest, metadata };
}
