import { asSecret, markLike, plain, type JsonObject } from "../shared/values.ts";

export * from "../shared/values.ts";

/** A Kubernetes object, or any part of one that is certainly an object. */
export type KubeObject = JsonObject;

/** Marks as secret in `value` what is secret in `inputs`, and always the content of a Kubernetes Secret. */
export function markSecrets(value: JsonObject, inputs: JsonObject): JsonObject {
  const result = markLike(value, inputs);
  if (result.kind !== "Secret") return result;
  for (const key of ["data", "stringData"]) {
    const content = result[key];
    if (content !== undefined) result[key] = asSecret(plain(content));
  }
  return result;
}
