import { mistakeLine, mistakesText } from "../../infra/domain/mistake.ts";
import { covers, isOver, overrideMistakes, type Override } from "../../infra/domain/override.ts";
import { rules } from "../catalog.ts";
import { problemIn } from "../rule.ts";
import { changeFindings, changeGate, changesOf } from "./changes.ts";
import { GateError, nameIn, type Finding, type GateResult, type UsedOverride } from "./finding.ts";
import { levelsFor, levelsOf, packConfig } from "./levels.ts";
import type { Engine, PolicyEvent, PreviewResult } from "./preview.ts";
import { secretFindings, secretGate } from "./secrets.ts";

/** Rules and gates by name. */
export const ruleNames: readonly string[] = [
  ...rules.map(({ name }) => name),
  changeGate.name,
  secretGate.name,
];

/** The overrides in a stack's config. @throws GateError with all mistakes in them. */
export function overridesOf(config: Record<string, unknown>, now: number): Override[] {
  const given = config["pulse-infra:overrides"] ?? [];
  const mistakes = overrideMistakes(given, ruleNames, now);
  if (mistakes.length > 0) throw new GateError(mistakesText("The stack's config", mistakes.map(mistakeLine)));
  return given as Override[];
}

/** Findings of the policies, in words of this program's own. */
export function policyFindings(events: readonly PolicyEvent[]): Finding[] {
  const found = events.flatMap(({ policyName, enforcementLevel, message, resourceUrn = "" }) => {
    const rule = rules.find(({ name }) => name === policyName);
    if (rule === undefined) return [];
    const { name, why, fix, link } = rule;
    const unknown = /can't run policy .* during preview: (.*)$/s.exec(message)?.[1]?.trim();
    const level =
      unknown !== undefined ? "unknown" : enforcementLevel === "mandatory" ? "mandatory" : "advisory";
    const problem = unknown ?? problemIn(rule, message);
    return [
      {
        rule: name,
        level,
        resource: nameIn(resourceUrn),
        urn: resourceUrn,
        problem,
        why,
        fix,
        link,
      } as const,
    ];
  });
  // The engine may log a finding twice.
  return [
    ...new Map(
      found.map((finding) => [`${finding.rule} ${finding.urn} ${finding.problem}`, finding]),
    ).values(),
  ];
}

/** Marks what somebody answers for, and says what became of each override. */
export function applyOverrides(
  findings: readonly Finding[],
  overrides: readonly Override[],
  now: number,
): { findings: Finding[]; overrides: UsedOverride[] } {
  const used = new Set<Override>();
  const marked = findings.map((finding) => {
    const override = overrides.find(
      (candidate) =>
        finding.level === "mandatory" &&
        !isOver(candidate, now) &&
        covers(candidate, { rule: finding.rule, name: finding.resource, urn: finding.urn }),
    );
    if (override === undefined) return finding;
    used.add(override);
    return { ...finding, level: "overridden" as const, override };
  });
  const states = overrides.map((override) => ({
    ...override,
    state: isOver(override, now)
      ? ("over" as const)
      : used.has(override)
        ? ("used" as const)
        : ("unused" as const),
  }));
  return { findings: marked, overrides: states };
}

/** Errors of a preview that are not the policies' own and not about protection, which the gate tells itself. */
function otherErrors({ preview }: PreviewResult): string[] {
  return (preview.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.trim())
    .filter(
      (message) => message !== "" && !/policy violation|cannot be deleted|preview failed/i.test(message),
    );
}

/** Previews a stack with the policies, looks at what neither they nor the engine see, and says what it found. */
export async function runGate(
  engine: Engine,
  options: { stack: string; levels?: string; now: number },
): Promise<GateResult> {
  const config = await engine.config();
  const given = overridesOf(config, options.now);
  const levels = levelsOf(options.levels ?? levelsFor(config));
  const result = await engine.preview(packConfig(levels, config));
  const { preview, events } = result;
  const errors = otherErrors(result);
  if (errors.length > 0) throw new GateError(`pulumi preview failed:\n${errors.join("\n")}`);

  const steps = preview.steps ?? [];
  const states = [...(await engine.state()), ...steps.map(({ newState }) => newState)];
  const policies = applyOverrides(policyFindings(events), given, options.now);
  const found = [...changeFindings(steps), ...secretFindings(states, preview.config)];
  const gates = applyOverrides(found, given, options.now);
  if (result.code !== 0 && policies.findings.length + gates.findings.length === 0) {
    const messages = (preview.diagnostics ?? []).map(({ message }) => message.trim());
    throw new GateError(`pulumi preview failed:\n${messages.join("\n")}`);
  }
  const overrides = policies.overrides.map((override, index) =>
    gates.overrides[index]?.state === "used" ? { ...override, state: "used" as const } : override,
  );
  return {
    stack: options.stack,
    policies: policies.findings,
    gates: gates.findings,
    overrides,
    changes: changesOf(preview),
  };
}

/** Whether the result stops whoever asked: something mandatory, or an override whose day is over. */
export const stops = ({ policies, gates, overrides }: GateResult): boolean =>
  [...policies, ...gates].some(({ level }) => level === "mandatory") ||
  overrides.some(({ state }) => state === "over");
