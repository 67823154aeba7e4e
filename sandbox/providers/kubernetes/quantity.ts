import type { Json } from "./values.ts";

const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number of an amount such as `500m`, `1Gi` or `2e3`; undefined for any other text. */
export function parseQuantity(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(
    value,
  );
  if (!match) return undefined;
  const factor = suffixes[match[2] ?? ""];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

/** Fields that hold amounts: elsewhere "1" and "1.0" are different texts. */
const amountPath =
  /(^|[.\]])(requests|limits|hard|capacity|overhead|default|defaultRequest|min|max|maxLimitRequestRatio|allocatable)(\.|\[)|(^|\.)(sizeLimit|divisor|averageValue|value)$/;

/** Whether two values at this path are one amount written in two ways; the server writes `1` for `1000m`. */
export function sameQuantity(a: Json, b: Json, path: string): boolean {
  if (!amountPath.test(path)) return false;
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-12;
}
