import { UserError } from "../../errors.ts";
import { get, getString, type Json, type JsonObject } from "../shared/values.ts";
import type { VendorObjects } from "./cloud.ts";
import { asProperty, type KindFacts } from "./facts.ts";
import type { KindRules, Making, Need, Rules } from "./kinds/types.ts";
import type { Maker } from "./maker.ts";

/** Everything that is known of one kind of object. */
export interface Kind {
  /** As in the cloud file: `s3.Bucket`. */
  name: string;
  token: string;
  facts: KindFacts;
  rules: KindRules;
}

/** The outputs that the vendor makes itself: those of its rules, and a plausible value for every other it must show. */
export function computedOutputs(kind: Kind, object: JsonObject, making: Making): JsonObject {
  const result: JsonObject = {};
  for (const [property, written] of Object.entries(kind.facts.outputs)) {
    const { type, required, deprecated } = asProperty(written);
    if (required && !deprecated) result[property] = plausible(property, type, kind, making.make);
  }
  if (result.tagsAll !== undefined) result.tagsAll = object.tags ?? {};
  return { ...result, ...kind.rules.computed?.(object, making) };
}

function plausible(property: string, type: string, kind: Kind, make: Maker): Json {
  if (type.endsWith("[]")) return [];
  switch (type) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return property === "created"
        ? Math.floor(Date.now() / 1000)
        : /count$|^routes$/i.test(property)
          ? 0
          : make.number();
    case "string":
      return plausibleText(property, kind, make);
    default:
      return {};
  }
}

function plausibleText(property: string, kind: Kind, make: Maker): string {
  if (/^(etag|nodeId|sha)$/i.test(property)) return make.hex(40);
  if (/(^|[a-z])(created|updated).*(at|date)?$/i.test(property)) return new Date().toISOString();
  if (/url$/i.test(property)) return `https://sandbox.example/${kind.name.toLowerCase()}/${make.letters(8)}`;
  return make.letters(12);
}

/** An AWS object's ARN holds its id where its rules do not make one. */
export function withArn(kind: Kind, id: string, object: JsonObject, making: Making): JsonObject {
  if (!kind.token.startsWith("aws:") || kind.rules.computed?.(object, making).arn !== undefined) return {};
  if (kind.facts.outputs.arn === undefined) return {};
  const { region, accountId } = making.account;
  if (id.startsWith("arn:")) return { arn: id };
  if (kind.name === "kms.Key") return { keyId: id, arn: `arn:aws:kms:${region}:${accountId}:key/${id}` };
  return { arn: `arn:aws:${kind.name.split(".")[0] ?? ""}:${region}:${accountId}:${id}` };
}

/** The object that a property names, with its id. */
function needed(cloud: VendorObjects, need: Need, wanted: Json): [string, JsonObject] | undefined {
  return Object.entries(cloud[need.kind] ?? {}).find(([id, other]) =>
    need.by.some((key) => (key === "id" ? id === wanted : other[key] === wanted)),
  );
}

/** Why an object cannot be as it is: something that it names is not there. */
export function missingNeed(kind: Kind, object: JsonObject, cloud: VendorObjects): string | undefined {
  for (const need of kind.rules.needs ?? []) {
    const wanted = get(object, need.property);
    if (wanted === undefined || wanted === null) continue;
    const other = needed(cloud, need, wanted);
    if (!other)
      return `${need.property} is ${JSON.stringify(wanted)}, and there is no such ${need.kind} (404 Not Found)`;
    if (other[1].archived === true)
      return `the ${need.kind} ${JSON.stringify(wanted)} is archived and read-only`;
  }
  return undefined;
}

/** Another object that the vendor would not let stand beside this one. */
export function namesake(
  kind: Kind,
  object: JsonObject,
  cloud: VendorObjects,
): [string, JsonObject] | undefined {
  const { unique } = kind.rules;
  if (!unique) return undefined;
  return Object.entries(cloud[kind.name] ?? {}).find(([, other]) =>
    unique.every((key) => JSON.stringify(other[key] ?? null) === JSON.stringify(object[key] ?? null)),
  );
}

/**
 * The object that an import means: by the id that the vendor's provider takes, and by no other.
 * @throws UserError where only the object's own id is given and the provider wants more.
 */
export function findImported(
  kind: Kind,
  asked: string,
  cloud: VendorObjects,
): [string, JsonObject] | undefined {
  const objects = cloud[kind.name] ?? {};
  const own = objects[asked];
  const { importId } = kind.rules;
  if (!importId) return own && [asked, own];
  if (own)
    throw new UserError(
      `a ${kind.name} is not imported by its own id alone: ${JSON.stringify(importId(own, asked))} is what its provider takes, not ${JSON.stringify(asked)}`,
    );
  return Object.entries(objects).find(([id, object]) => importId(object, id) === asked);
}

/** What stands in the way of a deletion: an object that cannot do without this one. */
export function holder(
  kind: Kind,
  id: string,
  object: JsonObject,
  cloud: VendorObjects,
  rules: Rules,
): string | undefined {
  for (const [other, need, dependant] of dependants(kind, id, object, cloud, rules))
    if (need.holds) return `${other} "${getString(dependant, "name") ?? ""}" uses it (409 Conflict)`;
  return undefined;
}

/** Takes away what goes with an object. */
export function removeWithParts(
  kind: Kind,
  id: string,
  object: JsonObject,
  cloud: VendorObjects,
  rules: Rules,
): void {
  for (const [other, , dependant] of dependants(kind, id, object, cloud, rules))
    keepOnly(cloud, other, ([, part]) => part !== dependant);
  keepOnly(cloud, kind.name, ([key]) => key !== id);
}

function keepOnly(cloud: VendorObjects, kind: string, keeps: (entry: [string, JsonObject]) => boolean): void {
  cloud[kind] = Object.fromEntries(Object.entries(cloud[kind] ?? {}).filter(keeps));
}

function dependants(
  kind: Kind,
  id: string,
  object: JsonObject,
  cloud: VendorObjects,
  rules: Rules,
): [string, Need, JsonObject][] {
  const names = (need: Need): Json[] => need.by.map((key) => (key === "id" ? id : (object[key] ?? null)));
  return Object.entries(rules).flatMap(([other, { needs = [] }]) =>
    needs
      .filter((need) => need.kind === kind.name)
      .flatMap((need) =>
        Object.values(cloud[other] ?? {})
          .filter(
            (part) => part[need.property] !== undefined && names(need).includes(part[need.property] ?? null),
          )
          .map((part): [string, Need, JsonObject] => [other, need, part]),
      ),
  );
}

/** Properties without the cloud's own notes. */
export const properties = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !key.startsWith("__")));
