import { load } from "js-yaml";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { projectRoot } from "../paths.ts";
import { declared } from "./golden.ts";

/** Longest text of a value in the table. */
const valueWidth = 48;

/**
 * Where two stacks differ: in what both their files say, and in what the program makes of them. A key that one file
 * leaves to its default shows by what it does, and a name that differs by the stack's own name is no difference.
 */
export function diffStacks(left: string, right: string): string[] {
  const config = differences(configOf(left), configOf(right)).filter((row) => !row.includes(absent));
  const [before = {}, after = {}] = [left, right].map(
    (stack) => withoutName(resourcesOf(stack), stack) as Tree,
  );
  return [
    ...section("Config", config, left, right),
    "",
    ...section("Resources", differences(before, after), left, right),
  ];
}

function section(title: string, rows: readonly string[][], left: string, right: string): string[] {
  if (rows.length === 0) return [`${title}: no difference`];
  const all = [["", left, right], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return [
    `${title}: ${rows.length} difference${rows.length === 1 ? "" : "s"}`,
    ...all.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  ];
}

/** One row for each place that differs, sorted by place; what is on one side alone is one row, not one for each part. */
export function differences(left: Tree, right: Tree, at = ""): string[][] {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return keys.flatMap((key) => {
    const path = at === "" ? key : `${at}.${key}`;
    const [a, b] = [left[key], right[key]];
    if (JSON.stringify(a) === JSON.stringify(b)) return [];
    if (isTree(a) && isTree(b)) return differences(a, b, path);
    return [[path, show(a), show(b)]];
  });
}

/** Stands for what one side does not have. */
const absent = "-";

interface Tree {
  [key: string]: unknown;
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

function show(value: unknown): string {
  if (value === undefined) return absent;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replaceAll("\n", " ");
  return line.length > valueWidth ? `${line.slice(0, valueWidth - 3)}...` : line;
}

/** What the stack's file says, without the namespace of its keys. */
function configOf(stack: string): Tree {
  const file = join(projectRoot, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) throw new UserError(`There is no Pulumi.${stack}.yaml.`);
  const { config } = load(readFileSync(file, "utf8")) as { config: Tree };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^[^:]*:/, ""), value]),
  );
}

/** The properties of each resource by `Kind name`. */
function resourcesOf(stack: string): Tree {
  return Object.fromEntries(
    declared(stack).map(({ type, name, inputs }) => [`${type.split(":").at(-1) ?? type} ${name}`, inputs]),
  );
}

/** The stack's own name inside of names, as a word, made the same for every stack. */
function withoutName(value: unknown, stack: string): unknown {
  if (typeof value === "string") return value.replace(new RegExp(`-${stack}-`, "g"), "-<stack>-");
  if (Array.isArray(value)) return value.map((item) => withoutName(item, stack));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutName(inner, stack)]));
}
