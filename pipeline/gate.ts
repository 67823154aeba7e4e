import type { Digest } from "./preview.ts";

/** What the gate reports; what one finding looks like is its own affair. */
interface Report {
  policies?: unknown;
  gates?: unknown;
  overrides?: unknown;
}

/** The digest with what policies and gates found in it. Without a report that can be read, that is the finding. */
export function withGate(digest: Digest, text: string): Digest {
  let report: Report;
  try {
    report = JSON.parse(text) as Report;
  } catch {
    return {
      ...digest,
      problems: [...digest.problems, "The gate left no result: policies were not checked."],
    };
  }
  const findings = [...listed(report.policies), ...listed(report.gates)];
  const mandatory = (finding: unknown) => !isAdvisory(finding);
  return {
    ...digest,
    problems: [...digest.problems, ...findings.filter(mandatory).map(sentence)],
    warnings: [
      ...digest.warnings,
      ...findings.filter(isAdvisory).map(sentence),
      ...listed(report.overrides).map((override) => `Overridden: ${sentence(override)}`),
    ],
  };
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const textOf = (finding: unknown, ...keys: string[]): string | undefined => {
  if (typeof finding !== "object" || finding === null) return undefined;
  const values = finding as Record<string, unknown>;
  return keys.map((key) => values[key]).find((value) => typeof value === "string");
};

const isAdvisory = (finding: unknown): boolean =>
  textOf(finding, "enforcement", "enforcementLevel", "level", "severity") === "advisory";

function sentence(finding: unknown): string {
  if (typeof finding === "string") return finding;
  const what = textOf(finding, "policy", "gate", "rule", "name");
  const where = textOf(finding, "urn", "resource")?.split("::").at(-1);
  const why = textOf(finding, "message", "reason", "problem") ?? JSON.stringify(finding);
  return [what, where, why].filter((part) => part !== undefined).join(": ");
}
