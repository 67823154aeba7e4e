import type { Mistake } from "./mistake.ts";

/** Leave to break a rule for a while: somebody answers for it, says why, and it ends by itself. */
export interface Override {
  /** Name of the rule that it is about; without one: deleting or replacing the resource. */
  rule?: string | undefined;
  /** Name of the one resource that it is about; without one: the whole stack. */
  resource?: string | undefined;
  /** Who answers for it. */
  who: string;
  why: string;
  /** The last day on which it holds, in UTC: 2026-03-31. */
  until: string;
}

/** The rule that an override without `rule` is about. */
export const changeRule = "stateful-change";

/** How long one may last at most: what is needed for longer is a decision for the rule itself. */
export const longestDays = 92;

const dayMs = 86_400_000;

/** The end of its last day, in milliseconds since 1970; undefined for what is no day. */
function endOf(until: string): number | undefined {
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(until) ? Date.parse(`${until}T00:00:00Z`) : NaN;
  const isDay = !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(until);
  return isDay ? parsed + dayMs : undefined;
}

/** Whether its last day is over. */
export const isOver = ({ until }: Override, now: number): boolean => (endOf(until) ?? 0) <= now;

/** Whether it is about a finding of this rule on this resource. A resource is known by its name or its whole URN. */
export function covers(override: Override, finding: { rule: string; name: string; urn: string }): boolean {
  const { rule = changeRule, resource } = override;
  return rule === finding.rule && (resource === undefined || [finding.name, finding.urn].includes(resource));
}

/** Everything that is wrong with a list of them, whatever somebody wrote there. `rules`: names of the rules there are. */
export function overrideMistakes(value: unknown, rules: readonly string[], now: number): Mistake[] {
  if (!Array.isArray(value)) {
    const hint = "allowed: a list of groups of rule, resource, who, why and until";
    return [{ path: "overrides", problem: "is not a list", hint }];
  }
  return value.flatMap((entry, index) => entryMistakes(`overrides[${index}]`, entry, rules, now));
}

function entryMistakes(path: string, entry: unknown, rules: readonly string[], now: number): Mistake[] {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    return [
      { path, problem: "is not a group", hint: "allowed: a group of rule, resource, who, why and until" },
    ];
  }
  const mistakes: Mistake[] = [];
  const add = (key: string, problem: string, hint: string): void => {
    mistakes.push({ path: `${path}.${key}`, problem, hint: `allowed: ${hint}` });
  };
  const { rule, resource, until, ...others } = entry as Record<string, unknown>;
  for (const key of Object.keys(others).filter((known) => known !== "who" && known !== "why")) {
    add(key, "is not a known key", "rule, resource, who, why and until");
  }
  for (const key of ["who", "why"] as const) {
    const given = others[key];
    if (typeof given !== "string" || given.trim() === "") add(key, "is missing", "a few words");
  }
  if (rule === undefined && resource === undefined) add("resource", "is missing", "a resource, or a rule");
  if (rule !== undefined && !(typeof rule === "string" && rules.includes(rule))) {
    add("rule", `is ${JSON.stringify(rule)}`, "the name of a rule (docs/policies.md lists them)");
  }
  if (resource !== undefined && (typeof resource !== "string" || resource === "")) {
    add("resource", `is ${JSON.stringify(resource)}`, "a resource's name or URN");
  }
  const end = typeof until === "string" ? endOf(until) : undefined;
  if (end === undefined)
    add(
      "until",
      until === undefined ? "is missing" : `is ${JSON.stringify(until)}`,
      "a day such as 2026-03-31",
    );
  else if (end > now + (longestDays + 1) * dayMs) {
    add("until", `is ${String(until)}, too far away`, `a day within the next ${longestDays} days`);
  }
  return mistakes;
}
