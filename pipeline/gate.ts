import type { Digest } from "./preview.ts";

/** What is read of a finding in the gate's result (policies/gate/finding.ts). */
interface Finding {
  rule: string;
  level: string;
  resource: string;
  problem: string;
  fix: string;
}

interface Override {
  /** The whole stack without one. */
  resource?: string;
  who: string;
  until: string;
  state: string;
}

interface Result {
  policies: Finding[];
  gates: Finding[];
  overrides: Override[];
}

/** The digest with what policies and gates found in it. Without a result that can be read, that is the finding. */
export function withGate(digest: Digest, text: string): Digest {
  const result = resultIn(text);
  if (!result) {
    return {
      ...digest,
      problems: [...digest.problems, "The gate left no result: policies were not checked."],
    };
  }
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const { rule, level, resource, problem, fix } of [...result.policies, ...result.gates]) {
    const what = `${rule}: ${resource}: ${problem}`;
    // Whatever level there may be one day: only these are known not to stop anything.
    if (level === "overridden") warnings.push(`Overridden: ${what}`);
    else if (level === "advisory") warnings.push(`${what} ${fix}`);
    else if (level === "unknown") warnings.push(`Not known before the update: ${what}`);
    else problems.push(`${what} ${fix}`);
  }
  for (const { resource, who, until, state } of result.overrides) {
    const what = `The override of ${who} for ${resource ?? "the whole stack"} until ${until}`;
    if (state === "over") problems.push(`${what} is over: take it out.`);
    if (state === "unused") warnings.push(`${what} is about nothing that was found.`);
  }
  return {
    ...digest,
    problems: [...digest.problems, ...problems],
    warnings: [...digest.warnings, ...warnings],
  };
}

function resultIn(text: string): Result | undefined {
  try {
    const result = JSON.parse(text) as Partial<Result> | null;
    const lists = [result?.policies, result?.gates, result?.overrides];
    return lists.every(Array.isArray) ? (result as Result) : undefined;
  } catch {
    return undefined;
  }
}
