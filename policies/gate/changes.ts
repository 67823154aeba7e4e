import { changeRule } from "../../infra/domain/override.ts";
import { statefulTypes } from "../../infra/domain/stateful.ts";
import type { RuleFacts } from "../rule.ts";
import { nameIn, typeIn, type Changes, type Finding } from "./finding.ts";
import type { Preview, PreviewStep } from "./preview.ts";

export const changeGate = {
  name: changeRule,
  title: "Nothing that holds data is deleted or replaced unless somebody answers for it",
  level: "mandatory",
  severity: "critical",
  rows: ["BAK-05", "SRC-01"],
  why: "A rename or a changed field that a vendor cannot change in place deletes the old resource, with what is in it.",
  fix: "Undo what causes it, or add an override with resource, who, why and until to overrides in the stack's config.",
  link: "https://www.pulumi.com/docs/iac/concepts/update-plans/",
} as const satisfies RuleFacts;

/** What a step does to the resource that is there. */
const losses: Readonly<Record<string, "deleted" | "replaced">> = {
  delete: "deleted",
  replace: "replaced",
  "create-replacement": "replaced",
  "delete-replaced": "replaced",
  "import-replacement": "replaced",
};

/** Steps of a preview that lose something. */
export function changeFindings(steps: readonly PreviewStep[]): Finding[] {
  const found = new Map<string, Finding>();
  for (const { op, urn, oldState } of steps) {
    const verb = losses[op];
    const [type, name] = [typeIn(urn), nameIn(urn)];
    const lost = statefulTypes[type];
    if (verb === undefined || (lost === undefined && oldState?.protect !== true)) continue;
    if (found.has(urn)) continue;
    const what = `${type.split(":").at(-1) ?? type} ${name}`;
    found.set(urn, {
      rule: changeGate.name,
      level: changeGate.level,
      resource: name,
      urn,
      problem: `${what} would be ${verb}, ${lost === undefined ? "and is protected" : `which loses ${lost}`}.`,
      why: changeGate.why,
      fix: changeGate.fix,
      link: changeGate.link,
    });
  }
  return [...found.values()];
}

export function changesOf({ changeSummary = {} }: Preview): Changes {
  const count = (op: string): number => changeSummary[op] ?? 0;
  return {
    create: count("create"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    same: count("same"),
  };
}
