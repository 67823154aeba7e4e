import { z } from "zod";
import type { Mistake } from "../domain/mistake.ts";
import { show } from "./fields.ts";
import { nearest } from "./nearest.ts";

/** A config in which what is wrong by itself is missing. */
export type Part<T> = T extends object ? { [K in keyof T]?: Part<T[K]> } : T;

/**
 * Checks a tree of values leaf by leaf and returns it with its defaults and without what is wrong, so that rules
 * across several keys can still be checked on the rest: a person sees every mistake at once.
 */
export function checkTree(
  schema: z.core.$ZodType,
  value: unknown,
  path: string,
  mistakes: Mistake[],
): unknown {
  const group = asGroup(schema);
  const filled = group && value === undefined && schema instanceof z.ZodPrefault ? {} : value;
  if (group && isGroup(filled)) {
    return checkGroup(group, filled, path, mistakes);
  }
  const items = itemsOf(schema);
  if (items && typeof value === "object" && value !== null && Array.isArray(value) === items.list) {
    const before = mistakes.length;
    const checked = Object.entries(value).map(
      ([key, item]) => [key, checkTree(items.schema, item, `${path}.${key}`, mistakes)] as const,
    );
    // Rules of the list as a whole come after those of its items.
    if (mistakes.length > before)
      return items.list ? checked.map(([, item]) => item) : Object.fromEntries(checked);
  }
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const where = [path, ...issue.path].join(".");
    const [problem = "", hint = ""] = issue.message.split("\n");
    if (!mistakes.some((mistake) => mistake.path === where)) mistakes.push({ path: where, problem, hint });
  }
  return undefined;
}

function checkGroup(
  group: z.ZodObject,
  value: Record<string, unknown>,
  path: string,
  mistakes: Mistake[],
): unknown {
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const known = Object.keys(group.shape);
  for (const key of Object.keys(value).filter((key) => !known.includes(key))) {
    const meant = nearest(key, known);
    const hint =
      meant === undefined ? `the known keys here are ${known.join(", ")}` : `did you mean ${meant}?`;
    mistakes.push({ path: at(key), problem: `is not a known key (its value is ${show(value[key])})`, hint });
  }
  const checked = Object.entries<z.core.$ZodType>(group.shape).map(([key, schema]) => [
    key,
    checkTree(schema, value[key], at(key), mistakes),
  ]);
  return Object.fromEntries(checked.filter(([, checkedValue]) => checkedValue !== undefined));
}

function asGroup(schema: z.core.$ZodType): z.ZodObject | undefined {
  const inner = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner : undefined;
}

/** What a list, or a map with keys of the person's own choice, is made of, where that is a group. */
function itemsOf(schema: z.core.$ZodType): { list: boolean; schema: z.core.$ZodType } | undefined {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray && asGroup(inner.element)) return { list: true, schema: inner.element };
  if (inner instanceof z.ZodRecord && asGroup(inner.valueType))
    return { list: false, schema: inner.valueType };
  return undefined;
}

/** A schema without its default. */
export function bare(schema: z.core.$ZodType): z.core.$ZodType {
  const wrapped =
    schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return wrapped ? bare(schema.unwrap()) : schema;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
