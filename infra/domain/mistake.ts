/** One mistake of a person, as the parts of a sentence. */
export interface Mistake {
  /** Where it is: `cluster.gateway.name`. */
  path: string;
  /** What is wrong, with the value; never the value of a secret. */
  problem: string;
  /** What would be right. */
  hint: string;
}

/** All of them, one a line: `Pulumi.staging.yaml has 2 mistakes:`. */
export function mistakesText(where: string, lines: readonly string[]): string {
  const count = lines.length === 1 ? "1 mistake" : `${lines.length} mistakes`;
  return [`${where} has ${count}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

export const mistakeLine = ({ path, problem, hint }: Mistake): string => `${path} ${problem}; ${hint}`;
