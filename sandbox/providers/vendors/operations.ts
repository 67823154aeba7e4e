import { UserError } from "../../errors.ts";
import { equal, markLike, plainObject, unknownValue, without, type JsonObject } from "../shared/values.ts";
import { defaultsKey, markByFacts } from "./check.ts";
import { protectedKey, type Cloud, type VendorObjects } from "./cloud.ts";
import { asProperty, type PackageName, type Properties } from "./facts.ts";
import type { Account, Making, Rules } from "./kinds/types.ts";
import { Maker } from "./maker.ts";
import {
  computedOutputs,
  findImported,
  holder,
  missingNeed,
  namesake,
  properties,
  removeWithParts,
  withArn,
  type Kind,
} from "./objects.ts";
import { vendors } from "./vendors.ts";

/** One vendor's part of the cloud, and who works on it. */
export interface Place {
  vendor: PackageName;
  cloud: Cloud;
  account: Account;
  rules: Rules;
  types: Record<string, Properties>;
}

export interface Outcome {
  id: string;
  outputs: JsonObject;
}

const givenInputs = (inputs: JsonObject): JsonObject => without(plainObject(inputs), defaultsKey);

const refusal = (place: Place, action: string, kind: Kind, reason: string): UserError =>
  new UserError(`${vendors[place.vendor].title} refused to ${action} ${kind.name}: ${reason}`);

function making(place: Place, cloud: VendorObjects): Making {
  return { make: new Maker(), account: place.account, cloud };
}

/** What the engine records: plain values as the vendor has them, secret where the facts or the inputs say so. */
function outputsOf(place: Place, kind: Kind, object: JsonObject, inputs: JsonObject): JsonObject {
  const all = { ...kind.facts.outputs, ...kind.facts.inputs };
  return markByFacts(all, place.types, markLike(properties(object), inputs));
}

/** The inputs that the vendor chooses where nobody gives them. */
export function filledByVendor(place: Place, kind: Kind, inputs: JsonObject): string[] {
  const byFacts = Object.entries(kind.facts.inputs).filter(([, written]) => asProperty(written).computed);
  const byRules = Object.keys(computedOutputs(kind, givenInputs(inputs), making(place, {})));
  return [...new Set([...byFacts.map(([key]) => key), ...byRules])];
}

/** At preview: what is given is known, what the vendor makes is not. */
export function foresee(place: Place, kind: Kind, inputs: JsonObject, state: JsonObject = {}): JsonObject {
  const object = givenInputs(inputs);
  const made = Object.keys(computedOutputs(kind, object, making(place, {})));
  const arn = kind.facts.outputs.arn === undefined ? [] : ["arn"];
  const unknown = [...made, ...arn].map((key) => [key, state[key] ?? unknownValue] as const);
  return { ...Object.fromEntries(unknown), ...without(markLike(object, inputs), defaultsKey) };
}

export async function create(place: Place, kind: Kind, inputs: JsonObject): Promise<Outcome> {
  const given = givenInputs(inputs);
  const { gone } = kind.rules;
  if (gone !== undefined) throw new UserError(gone);
  return place.cloud.change(place.vendor, (cloud) => {
    const at = making(place, cloud);
    const computed = computedOutputs(kind, given, at);
    let object: JsonObject = { ...computed, ...given };
    const reason = missingNeed(kind, object, cloud) ?? kind.rules.refuse?.(object, at);
    if (reason !== undefined) throw refusal(place, "create", kind, reason);
    const known = namesake(kind, object, cloud);
    if (known && !kind.rules.adopts?.({ ...known[1], ...given })) throw alreadyThere(place, kind, known);
    const id = known?.[0] ?? kind.rules.id?.(object, at) ?? String(at.make.number());
    object = { ...object, ...withArn(kind, id, object, at), ...known?.[1], ...given };
    (cloud[kind.name] ??= {})[id] = object;
    return { id, outputs: outputsOf(place, kind, object, inputs) };
  });
}

function alreadyThere(place: Place, kind: Kind, [id, object]: [string, JsonObject]): UserError {
  const { unique = [] } = kind.rules;
  const names = unique.map((key) => `${key} ${JSON.stringify(object[key] ?? null)}`).join(", ");
  const archived = object.archived === true || object.isArchived === true ? ", archived" : "";
  return refusal(
    place,
    "create",
    kind,
    `one with ${names} exists already${archived} (409 Conflict); import it with the id ${kind.rules.importId?.(object, id) ?? id}, or choose another name`,
  );
}

export async function update(
  place: Place,
  kind: Kind,
  id: string,
  state: JsonObject,
  inputs: JsonObject,
): Promise<JsonObject> {
  const given = givenInputs(inputs);
  return place.cloud.change(place.vendor, (cloud) => {
    const live = cloud[kind.name]?.[id];
    if (!live)
      throw refusal(
        place,
        "update",
        kind,
        `${id} is not there any more (404 Not Found); run pulumi refresh first`,
      );
    const at = making(place, cloud);
    // what was an input and is none now goes back to the vendor's own value
    const dropped = Object.keys(kind.facts.inputs).filter(
      (key) => !(key in given) && !asProperty(kind.facts.inputs[key] ?? "").computed,
    );
    const object: JsonObject = { ...without(live, ...dropped), ...given };
    if (live.tagsAll !== undefined) object.tagsAll = given.tags ?? {};
    // an object does not stand in its own way
    const others = { ...cloud, [kind.name]: without(cloud[kind.name] ?? {}, id) as VendorObjects[string] };
    const reason = missingNeed(kind, object, cloud) ?? kind.rules.refuse?.(object, { ...at, cloud: others });
    if (reason !== undefined) throw refusal(place, "update", kind, reason);
    if (!equal(plainObject(state), properties(object)) && "updatedAt" in live)
      object.updatedAt = new Date().toISOString();
    (cloud[kind.name] ??= {})[id] = object;
    return outputsOf(place, kind, object, inputs);
  });
}

/** The object as it is now, for refresh and import; undefined where it is gone. */
export function read(
  place: Place,
  kind: Kind,
  id: string,
  state: JsonObject,
  lastInputs: JsonObject,
): (Outcome & { inputs: JsonObject }) | undefined {
  const cloud = place.cloud.read()[place.vendor] ?? {};
  const imported = Object.keys(lastInputs).length === 0;
  const live = cloud[kind.name]?.[id];
  const found = imported ? findImported(kind, id, cloud) : live && ([id, live] as const);
  if (!found) return undefined;
  const [realId, whole] = found;
  const object = imported ? without(whole, ...(kind.rules.hidden?.(whole) ?? [])) : whole;
  const before = plainObject(state);
  const inputs: JsonObject = {};
  for (const key of Object.keys(kind.facts.inputs)) {
    const value = object[key];
    if (value === undefined || value === null) continue;
    // what the vendor fills in itself is no input, unless somebody changed it
    const changed = !imported && key in before && !equal(before[key], value);
    const appeared = !imported && !(key in before);
    // of an import everything is taken over as if it had been given
    if (imported || key in lastInputs || changed || appeared) inputs[key] = value;
  }
  const marked = markByFacts(kind.facts.inputs, place.types, markLike(inputs, lastInputs));
  marked[defaultsKey] = lastInputs[defaultsKey] ?? [];
  return { id: realId, outputs: outputsOf(place, kind, object, lastInputs), inputs: marked };
}

/** Deletes the object and what goes with it. One that is gone already is fine. */
export async function remove(place: Place, kind: Kind, id: string): Promise<void> {
  await place.cloud.change(place.vendor, (cloud) => {
    const live = cloud[kind.name]?.[id];
    if (!live) return;
    const at = making(place, cloud);
    const own = live[protectedKey];
    const reason =
      (typeof own === "string" ? own : undefined) ??
      kind.rules.refuseDelete?.(live, at) ??
      holder(kind, id, live, cloud, place.rules);
    if (reason !== undefined) throw refusal(place, "delete", kind, reason);
    const left = kind.rules.leaves?.(live);
    if (left) (cloud[kind.name] ??= {})[id] = left;
    else removeWithParts(kind, id, live, cloud, place.rules);
  });
}
