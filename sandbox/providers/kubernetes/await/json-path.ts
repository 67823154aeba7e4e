import { isObject, show, type Json } from "../values.ts";

/** One step of a kubectl JSONPath: a member, an item, all items, or the items whose own path has a value. */
export type Segment =
  { key: string } | { index: number } | { all: true } | { where: Segment[]; value: string; negated: boolean };

const step =
  /^(?:\.?\[(?:(-?\d+)|(\*)|'([^']*)'|"([^"]*)"|\?\(@(.*?)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)\s]+))\s*\))\]|\.(\*|[\w$/-]+(?:\\\.[\w$/-]+)*))/;

/** `.status.conditions[?(@.type=="Ready")].status`; undefined where it cannot be understood. */
export function parsePath(text: string): Segment[] | undefined {
  const segments: Segment[] = [];
  let rest = text.startsWith("$") ? text.slice(1) : text;
  if (!rest.startsWith(".") && !rest.startsWith("[")) rest = `.${rest}`;
  while (rest !== "") {
    const match = step.exec(rest);
    if (!match) return undefined;
    const [whole, index, all, single, double, filter, operator, a, b, c, key] = match;
    if (index !== undefined) segments.push({ index: Number(index) });
    else if (all !== undefined || key === "*") segments.push({ all: true });
    else if (filter !== undefined) {
      const where = parsePath(filter);
      if (!where) return undefined;
      segments.push({ where, value: a ?? b ?? c ?? "", negated: operator === "!=" });
    } else segments.push({ key: single ?? double ?? (key ?? "").replaceAll("\\.", ".") });
    rest = rest.slice(whole.length);
  }
  return segments.length > 0 ? segments : undefined;
}

/** All values at the path. */
export function select(value: Json, path: readonly Segment[]): Json[] {
  const [segment, ...rest] = path;
  if (!segment) return [value];
  return children(value, segment).flatMap((child) => select(child, rest));
}

function children(value: Json, segment: Segment): Json[] {
  if ("key" in segment) return isObject(value) && segment.key in value ? [value[segment.key] ?? null] : [];
  if ("all" in segment) return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (!Array.isArray(value)) return [];
  if ("index" in segment) return value.slice(segment.index).slice(0, 1);
  return value.filter(
    (item) => select(item, segment.where).some((found) => show(found) === segment.value) !== segment.negated,
  );
}
