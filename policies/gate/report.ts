import type { Finding, GateResult, UsedOverride } from "./finding.ts";

const headings: readonly (readonly [Finding["level"], string])[] = [
  ["mandatory", "Has to be mended"],
  ["overridden", "Somebody answers for it"],
  ["advisory", "Should be mended"],
];

function findingLines({ rule, problem, why, fix, link, override }: Finding): string[] {
  return [
    `  ${rule}`,
    `    ${problem}`,
    `    Why: ${why}`,
    `    Fix: ${fix}`,
    `    More: ${link}`,
    ...(override ? [`    Override: ${override.who}, until ${override.until}: ${override.why}`] : []),
  ];
}

function overrideLine({ rule, resource, who, until, state }: UsedOverride): string {
  const what = [rule, resource].filter((part) => part !== undefined).join(" on ");
  const became = {
    used: "holds",
    unused: "is about nothing that was found; remove it",
    over: "is over and does not count; remove it, or renew it with a new day",
  }[state];
  return `  ${what}: ${who}, until ${until}, ${became}`;
}

/** The one report about a stack: policies, gates and overrides. */
export function reportOf(result: GateResult): string {
  const { stack, policies, gates, overrides, changes } = result;
  const all = [...policies, ...gates];
  const lines = [
    `Gate of the stack ${stack}`,
    `  ${changes.create} to create, ${changes.update} to update, ${changes.replace} to replace, ${changes.delete} to delete, ${changes.same} as they are`,
  ];
  for (const [level, heading] of headings) {
    const findings = all.filter((finding) => finding.level === level);
    if (findings.length > 0)
      lines.push("", `${heading} (${findings.length})`, ...findings.flatMap(findingLines));
  }
  const unknown = all.filter(({ level }) => level === "unknown");
  if (unknown.length > 0) {
    lines.push("", "Not yet known, looked at by the update");
    lines.push(
      ...unknown.map(
        ({ rule, resource, problem }) => `  ${rule}${resource && ` on ${resource}`}: ${problem}`,
      ),
    );
  }
  if (overrides.length > 0) lines.push("", "Overrides", ...overrides.map(overrideLine));
  const count = (level: Finding["level"]): number => all.filter((finding) => finding.level === level).length;
  const over = overrides.filter(({ state }) => state === "over").length;
  lines.push(
    "",
    `${count("mandatory")} to mend, ${count("overridden")} overridden, ${count("advisory")} advised, ${unknown.length} not yet known` +
      (over > 0 ? `, ${over} overrides over` : ""),
  );
  return lines.join("\n");
}
