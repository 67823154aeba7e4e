import { z } from "zod";
import { show } from "./fields.ts";
import { nearest } from "./nearest.ts";

/** One mistake, as the parts of a sentence. */
export interface Mistake {
  /** Where it is: `cluster.gateway.name`. */
  path: string;
  /** What is wrong, with the value; not shown for secrets. */
  problem: string;
  /** What would be right. */
  hint: string;
}

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
  const filled = group && value === undefined && schema !== group ? {} : value;
  if (group && isGroup(filled)) {
    return checkGroup(group, filled, path, mistakes);
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
  if (schema instanceof z.ZodObject) return schema;
  return schema instanceof z.ZodPrefault ? asGroup(schema.unwrap()) : undefined;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
