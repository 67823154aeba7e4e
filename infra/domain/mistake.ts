/** One mistake in what a person asked for, as the parts of a sentence. */
export interface Mistake {
  /** Where it is: `lock.days`. */
  path: string;
  /** What is wrong, with the value; never a secret one. */
  problem: string;
  /** What would be right. */
  hint: string;
}

/** All mistakes as one text, a line each, under a first line that says where they were found. */
export function mistakeText(where: string, mistakes: readonly Mistake[]): string {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  return [
    `${where} has ${count}:`,
    ...mistakes.map(({ path, problem, hint }) => `  ${path} ${problem}; ${hint}`),
  ].join("\n");
}

/** The mistakes of one group, with the group's name before their paths. */
export function under(path: string, mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.map((mistake) => ({ ...mistake, path: `${path}.${mistake.path}` }));
}
