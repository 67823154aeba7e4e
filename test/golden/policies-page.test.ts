// docs/policies.md says what the rules say (UPDATE_GOLDEN=1 writes its tables anew).
import { expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { rules } from "../../policies/catalog.ts";
import { policyTables } from "../../policies/page.ts";
import { projectRoot } from "../../sandbox/paths.ts";

const file = join(projectRoot, "docs", "policies.md");
const [from, to] = ["<!-- tables -->", "<!-- /tables -->"];

test("the tables are the rules'", async () => {
  const page = readFileSync(file, "utf8");
  const [before = "", rest = ""] = page.split(from);
  const after = rest.split(to)[1] ?? "";
  const written = `${before}${from}\n\n${policyTables()}\n\n${to}${after}`;
  const formatted = await format(written, { ...(await resolveConfig(file)), parser: "markdown" });
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, formatted);
  expect(readFileSync(file, "utf8")).toBe(formatted);
});

/** Groups of requirements that rules are there for, with how many each has. */
const groups = { SRC: 16, ENV: 26, K8S: 23, BAK: 12, SEC: 37 };

test("every requirement of those groups is held by a rule or said to be beyond them, and not both", () => {
  const held = new Set(rules.flatMap(({ rows }) => rows));
  const [, beyondSection = ""] = readFileSync(file, "utf8").split("## What no resource can break");
  const beyond = new Set(beyondSection.match(/[A-Z0-9]{3}-\d{2}/g));
  const all = Object.entries(groups).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, n) => `${group}-${String(n + 1).padStart(2, "0")}`),
  );
  expect(all.filter((row) => !held.has(row) && !beyond.has(row))).toEqual([]);
  expect(all.filter((row) => held.has(row) && beyond.has(row))).toEqual([]);
});
