import { createHash, randomBytes } from "node:crypto";
import {
  asSecret,
  hasSecret,
  hasUnknown,
  inside,
  isObject,
  isUnknown,
  plain,
  unknownValue,
  type Json,
  type JsonObject,
} from "../shared/values.ts";
import { childPath } from "../shared/compare.ts";
import {
  asProperty,
  kindOfToken,
  nameOfUrn,
  type KindFacts,
  type Properties,
  type PropertyFacts,
} from "./facts.ts";

/** The inputs that a check filled in, by name, as bridged providers record them; no property of the resource. */
export const defaultsKey = "__defaults";

type Types = Record<string, Properties>;

/** Says what is wrong with inputs: unknown and missing properties, wrong types, words that are not allowed. */
export function problemsOf(
  properties: Properties,
  types: Types,
  inputs: JsonObject,
  owner: string,
): string[] {
  const problems: string[] = [];
  const checkObject = (known: Properties, value: JsonObject, path: string, of: string): void => {
    for (const [key, child] of Object.entries(value)) {
      if (key.startsWith("__")) continue;
      const written = known[key];
      const at = childPath(path, key);
      if (written === undefined)
        problems.push(`${at}: ${of} has no property "${key}"; it has ${Object.keys(known).join(", ")}`);
      else checkValue(asProperty(written), child, at);
    }
    for (const [key, written] of Object.entries(known)) {
      if (asProperty(written).required && isUnset(value[key]))
        problems.push(`${childPath(path, key)} is missing: ${of} requires it`);
    }
  };
  const checkValue = (facts: PropertyFacts, value: Json, path: string): void => {
    const bare = inside(value) ?? null;
    if (isUnknown(bare) || bare === null) return;
    if (facts.type.endsWith("[]")) {
      if (!Array.isArray(bare)) {
        wrong(path, "a list", bare);
        return;
      }
      bare.forEach((item, i) =>
        checkValue({ ...facts, type: facts.type.slice(0, -2) }, item, `${path}[${i}]`),
      );
    } else if (facts.type.endsWith("{}")) {
      if (!isObject(bare)) {
        wrong(path, "an object", bare);
        return;
      }
      const item = { ...facts, type: facts.type.slice(0, -2) };
      for (const [key, child] of Object.entries(bare)) checkValue(item, child, childPath(path, key));
    } else if (facts.type in types) {
      if (!isObject(bare)) {
        wrong(path, "an object", bare);
        return;
      }
      checkObject(types[facts.type] ?? {}, bare, path, path);
    } else {
      checkPrimitive(facts, bare, path);
    }
  };
  const checkPrimitive = (facts: PropertyFacts, bare: Json, path: string): void => {
    const fits = primitives[facts.type];
    if (fits && !fits.test(bare)) {
      wrong(path, fits.name, bare);
      return;
    }
    const { enum: words, secret } = facts;
    if (words && !words.some((word) => word === bare))
      problems.push(
        `${path} is ${secret ? "not a word that is known" : JSON.stringify(bare)}: ${words.map((word) => JSON.stringify(word)).join(", ")} are allowed`,
      );
  };
  const wrong = (path: string, wanted: string, value: Json): void => {
    problems.push(`${path} should be ${wanted} and is ${typeOf(value)}`);
  };
  checkObject(properties, inputs, "", owner);
  return problems;
}

const primitives: Record<string, { name: string; test: (value: Json) => boolean }> = {
  string: { name: "a text", test: (value) => typeof value === "string" },
  boolean: { name: "true or false", test: (value) => typeof value === "boolean" },
  number: { name: "a number", test: (value) => typeof value === "number" },
  integer: { name: "a whole number", test: (value) => typeof value === "number" && Number.isInteger(value) },
  json: { name: "JSON, as text or object", test: (value) => typeof value === "string" || isObject(value) },
};

const typeOf = (value: Json): string => {
  if (Array.isArray(value)) return "a list";
  return (
    { string: "a text", number: "a number", boolean: "true or false" }[typeof value as string] ?? "an object"
  );
};

const isUnset = (value: Json | undefined): boolean => (inside(value) ?? null) === null;

/** How the stack wants resources named that name themselves not. */
export interface Naming {
  urn: string;
  seed: Uint8Array;
  autonaming?: { mode: "propose" | "enforce" | "disable"; proposedName: string };
}

/** The property that bridged providers fill with a generated name: a text that the vendor would choose otherwise. */
export function autonamed(kind: KindFacts, token: string): string | undefined {
  const key = kindOfToken(token) === "s3.Bucket" ? "bucket" : "name";
  const facts = asProperty(kind.inputs[key] ?? "");
  return facts.type === "string" && facts.computed ? key : undefined;
}

/** Fills in names and defaults and marks what the provider itself knows to be secret. */
export function complete(
  kind: KindFacts,
  types: Types,
  token: string,
  inputs: JsonObject,
  olds: JsonObject,
  naming: Naming,
): { inputs: JsonObject; problems: string[] } {
  const problems: string[] = [];
  const filled: JsonObject = {};
  const key = autonamed(kind, token);
  const prefixed = key !== undefined && !isUnset(inputs[`${key}Prefix`]);
  if (key !== undefined && !prefixed && isUnset(inputs[key])) {
    const name = wasFilled(olds, key) ? olds[key] : generatedName(naming, token);
    if (name === undefined) problems.push(`${key} is missing: autonaming is disabled for this stack`);
    else filled[key] = name;
  }
  for (const [property, written] of Object.entries(kind.inputs)) {
    const value = asProperty(written).default;
    if (value !== undefined && isUnset(inputs[property])) filled[property] = value;
  }
  const given = Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => name !== defaultsKey)
      .map(([name, value]) => [
        name,
        asProperty(kind.inputs[name] ?? "any").type === "json" ? asText(value) : value,
      ]),
  );
  const completed = markByFacts(kind.inputs, types, { ...given, ...filled });
  return { inputs: { ...completed, [defaultsKey]: Object.keys(filled).sort() }, problems };
}

/** A document given as an object travels as text. */
function asText(value: Json): Json {
  const bare = inside(value);
  if (!isObject(bare)) return value;
  if (hasUnknown(bare)) return unknownValue;
  const text = JSON.stringify(plain(bare));
  return hasSecret(value) ? asSecret(text) : text;
}

export const wasFilled = (inputs: JsonObject, key: string): boolean =>
  Array.isArray(inputs[defaultsKey]) && inputs[defaultsKey].includes(key);

function generatedName({ urn, seed, autonaming }: Naming, token: string): string | undefined {
  if (autonaming?.mode === "disable") return undefined;
  if (autonaming?.mode === "enforce") return autonaming.proposedName;
  const hex =
    seed.length > 0 ? createHash("sha256").update(seed).digest("hex") : randomBytes(4).toString("hex");
  const prefix = kindOfToken(token) === "kms.Alias" ? "alias/" : "";
  return `${prefix}${nameOfUrn(urn)}-${hex.slice(0, 7)}`;
}

/** Wraps as secret whatever the facts call so, at any depth. A list that holds a secret keeps its other values plain. */
export function markByFacts(properties: Properties, types: Types, values: JsonObject): JsonObject {
  const mark = (facts: PropertyFacts, value: Json): Json => {
    if (facts.secret) return value === null ? value : asSecret(value);
    if (Array.isArray(value)) {
      const item = { ...facts, type: facts.type.replace(/\[\]$/, "") };
      return value.map((child) => mark(item, child));
    }
    const type = types[facts.type];
    return type && isObject(value) && !hasUnknown(value) ? markByFacts(type, types, value) : value;
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const written = properties[key];
      return [key, written === undefined ? value : mark(asProperty(written), value)];
    }),
  );
}
