/**
 * Property values as they travel between engine and provider: plain JSON in which secrets are wrapped in an object with
 * a signature and values that are not known yet (at preview) are one agreed string.
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What the engine sends for a value that is known only after the update. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Other kinds of unknown (lists, maps and so on) that older SDKs send. */
const unknownValues = new Set([
  unknownValue,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isUnknown = (value: Json | undefined): boolean =>
  typeof value === "string" && unknownValues.has(value);

export const isSecret = (value: Json | undefined): value is JsonObject & { value: Json } =>
  isObject(value) && value[signatureKey] === secretSignature;

export const asSecret = (value: Json): Json =>
  isSecret(value) ? value : { [signatureKey]: secretSignature, value };

/** The value under a secret's wrapping; any other value as it is. */
export const inside = (value: Json | undefined): Json | undefined =>
  isSecret(value) ? inside(value.value) : value;

/** A child of an object by path of keys, looking through secrets; undefined where the path ends early. */
export function get(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let current = inside(value);
  for (const key of path) {
    if (Array.isArray(current)) current = inside(typeof key === "number" ? current[key] : undefined);
    else if (isObject(current)) current = inside(current[key]);
    else return undefined;
  }
  return current;
}

export function getString(value: Json | undefined, ...path: (string | number)[]): string | undefined {
  const found = get(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function getNumber(value: Json | undefined, ...path: (string | number)[]): number | undefined {
  const found = get(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function getObject(value: Json | undefined, ...path: (string | number)[]): JsonObject {
  const found = get(value, ...path);
  return isObject(found) ? found : {};
}

export function getList(value: Json | undefined, ...path: (string | number)[]): Json[] {
  const found = get(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The value without secret wrappings and without nulls in objects, which mean "not set" in an apply. */
export function plain(value: Json): Json {
  if (isSecret(value)) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const stripped = plain(child);
    if (stripped !== null) result[key] = stripped;
  }
  return result;
}

export const plainObject = (value: JsonObject): JsonObject => plain(value) as JsonObject;

export function hasUnknown(value: Json): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

export function hasSecret(value: Json): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/**
 * Marks as secret in `value` what is secret in `inputs`. Lists that hold a secret become secret as a whole, because
 * their order at the vendor may differ.
 */
export function markLike(value: JsonObject, inputs: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const input = inputs[key];
    if (isObject(child) && isObject(input) && !isSecret(input)) result[key] = markLike(child, input);
    else result[key] = input !== undefined && hasSecret(input) ? asSecret(child) : child;
  }
  return result;
}

/** Deep equality of plain values; the order of keys does not matter. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => equal(x, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

/** The object without some of its members. */
export const without = (value: JsonObject, ...keys: string[]): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

/** `over` laid on `base`: objects are merged, everything else is replaced. */
export function overlay(base: Json | undefined, over: Json): Json {
  if (!isObject(base) || !isObject(over) || isSecret(over)) return over;
  const result: JsonObject = { ...base };
  for (const [key, child] of Object.entries(over)) result[key] = overlay(base[key], child);
  return result;
}

/** A value as text: a string bare, a list or object as JSON. */
export const show = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
