// The stacks of this program keep every rule, as strict as each is held.
import { expect, test } from "@jest/globals";
import { rules } from "../../policies/catalog.ts";
import { levelNames, levelsOf, packConfig } from "../../policies/gate/levels.ts";
import { environment } from "../../stacks/environment.ts";
import { platform } from "../../stacks/platform.ts";
import { lastRequests, runWithMocks } from "../support/mocks.ts";
import { seenBy, verdictOf } from "../support/policies.ts";
import { asRaw, loadEnvironment, loadPlatform, stackFile } from "../support/stack-config.ts";

test.each([
  ["platform", "platform"],
  ["sandbox-platform", "sandbox"],
  ["production", "production"],
  ["staging", "staging"],
  ["sandbox", "sandbox"],
])("%s keeps every rule at the levels of %s", async (stack, levelName) => {
  const config = stackFile(stack);
  const raw = asRaw(config, { stack });
  const isPlatform = config.kind === "platform";
  await runWithMocks(
    () => (isPlatform ? platform(loadPlatform(raw)) : environment(loadEnvironment(raw))),
    stack,
  );
  const resources = seenBy(lastRequests(), stack);
  const known = { "pulse-infra:github": config.github };
  const levels = packConfig(levelsOf(levelName), known);
  const broken: string[] = [];
  for (const rule of rules) {
    const level = levels[rule.name] ?? {};
    const { enforcementLevel = rule.level, ...settings } =
      typeof level === "string" ? { enforcementLevel: level } : level;
    if (enforcementLevel === "mandatory") broken.push(...verdictOf(rule, resources, settings).messages);
  }
  expect(broken).toEqual([]);
});

test.each(levelNames())("the levels of %s name rules, settings and levels that there are", (name) => {
  const wrong: string[] = [];
  for (const [ruleName, level] of Object.entries(levelsOf(name))) {
    const rule = rules.find((candidate) => candidate.name === ruleName);
    const { enforcementLevel = "mandatory", ...settings } =
      typeof level === "string" ? { enforcementLevel: level } : level;
    if (rule === undefined) wrong.push(ruleName);
    // Off is not a level: that takes an override, with a name and a day.
    if (!["mandatory", "advisory"].includes(enforcementLevel)) wrong.push(`${ruleName}: ${enforcementLevel}`);
    for (const [key, value] of Object.entries(settings)) {
      const type = rule?.settings?.[key]?.type;
      if (type !== (Array.isArray(value) ? "array" : typeof value)) wrong.push(`${ruleName}.${key}`);
    }
  }
  expect(wrong).toEqual([]);
});
