// What a preview does not know yet: no rule fails, none guesses, and what is known is looked at.
import { describe, expect, test } from "@jest/globals";
import { rules } from "../../policies/catalog.ts";
import type { Rule } from "../../policies/rule.ts";
import type { StackResource } from "../../policies/stack.ts";
import { unknownText, verdictOf } from "../support/policies.ts";
import { settings } from "./mutations/index.ts";
import { edited, setAt, world } from "./world.ts";

/** Paths of every value of a resource, its groups and lists too. */
function* paths(value: unknown, path = ""): Iterable<string> {
  if (path !== "") yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const step = key.replaceAll("/", "~1");
    yield* paths(inner, path === "" ? step : `${path}/${step}`);
  }
}

const all = world();
const given = (rule: Rule): object => settings[rule.name] ?? {};

describe.each(rules)("$name", (rule) => {
  test("leaves whatever is not known yet to the update", () => {
    const [provider = ""] = rule.name.split("-");
    const guessed: string[] = [];
    for (const [index, original] of all.entries()) {
      const { type, props } = original;
      const applies =
        rule.of === "stack"
          ? type.startsWith(`${provider}:`)
          : typeof rule.types === "function"
            ? rule.types(type)
            : rule.types.includes(type);
      if (!applies) continue;
      for (const path of paths(props)) {
        const resource = { ...original, props: JSON.parse(JSON.stringify(props)) as StackResource["props"] };
        setAt(resource.props, path, unknownText);
        const resources = rule.of === "stack" ? all.with(index, resource) : [resource];
        const { messages } = verdictOf(rule, resources, given(rule));
        guessed.push(...messages.map((message) => `${path} unknown: ${message.split("\n")[0] ?? ""}`));
      }
    }
    expect(guessed).toEqual([]);
  }, 120_000);
});

test("what is known is looked at, and what is not is named", () => {
  const [rule] = rules.filter(({ name }) => name === "kubernetes-immutable-image");
  if (rule === undefined) throw new Error("the rule is gone");
  const containers = [
    { name: "one", image: unknownText },
    { name: "two", image: "app:latest" },
  ];
  const resources = edited([["Deployment pulse-messages-blue", "spec/template/spec/containers", containers]]);
  const { messages, unknown } = verdictOf(rule, resources);
  expect(messages).toEqual([expect.stringContaining("has in container two the image")]);
  expect(unknown).toEqual([
    "not yet known: spec.template.spec.containers.0.image. The update checks it, when it is known",
  ]);
});
