// Two stacks that keep every rule, and edits that break them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackResource } from "../../policies/stack.ts";

interface Recorded {
  type: string;
  name: string;
  protect?: boolean;
  props: Record<string, unknown>;
  /** By property, resources as `<type> <name>`. */
  madeFrom: Record<string, string[]>;
}

const texts = ["environment", "platform"].map((name) =>
  readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8"),
);

const urnOf = (type: string, name: string): string => `urn:pulumi:test::pulse-infra::${type}::${name}`;

function seen({ type, name, protect = false, props, madeFrom }: Recorded): StackResource {
  const made = Object.entries(madeFrom).map(([property, sources]) => [
    property,
    sources.map((source) => {
      const [from = "", ...rest] = source.split(" ");
      return { urn: urnOf(from, rest.join(" ")) };
    }),
  ]);
  const fromOthers = Object.fromEntries(made) as StackResource["madeFrom"];
  return { type, name, protect, props, urn: urnOf(type, name), madeFrom: fromOthers };
}

/** A fresh copy of everything that both stacks hold. */
export const world = (): StackResource[] =>
  texts.flatMap((text) => (JSON.parse(text) as Recorded[]).map(seen));

/** Removes what it is set to. */
export const gone = Symbol("gone");

/** `["Deployment blue", "spec.replicas", 3]` sets a value, without a path the resource is removed; or a new resource. */
export type Edit =
  | readonly [target: string]
  | readonly [target: string, path: string, value: unknown]
  | { type: string; name: string; props: Record<string, unknown> };

/** One way to break a rule. */
export type Mutation = readonly [what: string, ...edits: Edit[]];

/** Applies edits to a copy of the world. @throws where an edit has no target: then it would break nothing. */
export function edited(edits: readonly Edit[]): StackResource[] {
  let resources = world();
  for (const edit of edits) {
    if ("type" in edit) {
      resources.push(seen({ ...edit, madeFrom: {} }));
      continue;
    }
    const [target, path, value] = edit;
    const matches = resources.filter(
      ({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}` === target,
    );
    const [resource] = matches;
    if (resource === undefined || matches.length > 1)
      throw new Error(`${matches.length} resources are ${target}`);
    if (path === undefined) resources = resources.filter((other) => other !== resource);
    else if (path === "protect") resource.protect = value as boolean;
    else setAt(resource.props, path, value);
  }
  return resources;
}

/** As in JSON Pointer: a key with a slash is written with ~1. */
const unescaped = (key: string): string => key.replaceAll("~1", "/");

/** Sets a value in a resource's properties, or removes it. */
export function setAt(props: StackResource["props"], path: string, value: unknown): void {
  const keys = path.split("/").map(unescaped);
  const last = keys.pop() ?? "";
  let holder = props as Record<string, unknown>;
  for (const key of keys) {
    const next = holder[key];
    if (typeof next !== "object" || next === null) throw new Error(`there is no ${keys.join("/")}`);
    holder = next as Record<string, unknown>;
  }
  if (value === gone) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
}
