// Breaks every rule in every way there is, and counts: what is not caught is a rule that can be fooled.
import { afterAll, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "../../policies/catalog.ts";
import type { Check, Rule } from "../../policies/rule.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { verdictOf } from "../support/policies.ts";
import { mutations, settings } from "./mutations/index.ts";
import { edited, world } from "./world.ts";

const told = new Map<string, string>();
const counts = { tried: 0, caught: 0 };

/** The rule, with a note of each check that found something: its source tells which one it was. */
function watched(rule: Rule, seen: Set<string>, fired: Set<string>): Rule {
  const watch = (check: Check): Check => {
    seen.add(check.toString());
    return () => {
      const problem = check();
      if (problem !== undefined) fired.add(check.toString());
      return problem;
    };
  };
  if (rule.of === "resource") {
    const checked: typeof rule.check = (resource, given) => [...rule.check(resource, given)].map(watch);
    return { ...rule, check: checked };
  }
  const checked: typeof rule.check = (stack, given) =>
    [...rule.check(stack, given)].map(([resource, check]) => [resource, watch(check)] as const);
  return { ...rule, check: checked };
}

test("every rule has mutations, and every mutation a rule", () => {
  expect(Object.keys(mutations).sort()).toEqual(rules.map(({ name }) => name).sort());
});

describe.each(rules)("$name", (rule) => {
  const given = settings[rule.name] ?? {};
  const cases = mutations[rule.name] ?? [];

  test("finds nothing where all is well", () => {
    expect(verdictOf(rule, world(), given)).toEqual({ messages: [], unknown: [] });
  });

  test("finds each way to break it, with every check that it has", () => {
    const [seen, fired] = [new Set<string>(), new Set<string>()];
    const watching = watched(rule, seen, fired);
    const missed: string[] = [];
    for (const [what, ...edits] of cases) {
      const { messages } = verdictOf(watching, edited(edits), given);
      counts.tried += 1;
      if (messages.length > 0) counts.caught += 1;
      else missed.push(what);
      told.set(`${rule.name}: ${what}`, messages.map((message) => message.split("\n")[0]).join("\n  "));
    }
    expect({ missed, idle: [...seen].filter((check) => !fired.has(check)) }).toEqual({
      missed: [],
      idle: [],
    });
  });
});

test("what people read then is what was reviewed (UPDATE_GOLDEN=1 writes it anew)", () => {
  const file = join(projectRoot, "test", "golden", "policy-messages.txt");
  const text = [...told].map(([what, messages]) => `${what}\n  ${messages}\n`).join("");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  expect(existsSync(file)).toBe(true);
  expect(text).toEqual(readFileSync(file, "utf8"));
  expect(text).not.toMatch(/undefined|\[object|NaN|Infinity/);
});

afterAll(() => {
  process.stdout.write(
    `policies: ${counts.caught} of ${counts.tried} mutations of ${rules.length} rules are caught\n`,
  );
});
