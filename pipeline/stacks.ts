/** A committed stack, as far as workflows care. */
export interface StackEntry {
  stack: string;
  kind: "platform" | "environment";
}

/** What only stacks of one kind are made of; everything else that a program reads, both have. */
const kinds: readonly { pattern: RegExp; kind: StackEntry["kind"] }[] = [
  { pattern: /^(components\/kubernetes\/|stacks\/environment|stacks\/fromPlatform)/, kind: "environment" },
  { pattern: /^(components\/(?!kubernetes\/)[^/]+\/|stacks\/platform|repository\/)/, kind: "platform" },
];
const shared = /^(infra|stacks|components|policies|sdks)\/|^(Pulumi\.yaml|package\.json|package-lock\.json)$/;

/** The stacks whose preview a change of these files can change. */
export function changedStacks(files: readonly string[], stacks: readonly StackEntry[]): StackEntry[] {
  return stacks.filter(({ stack, kind }) =>
    files.some((file) => {
      if (/^Pulumi\..+\.yaml$/.test(file)) return file === `Pulumi.${stack}.yaml`;
      const own = kinds.find(({ pattern }) => pattern.test(file));
      return own ? own.kind === kind : shared.test(file);
    }),
  );
}

/** The stacks of real accounts among stack files, the platform first: environments read what it made. */
export function committedStacks(files: Readonly<Record<string, string>>): StackEntry[] {
  return Object.entries(files)
    .flatMap(([file, content]): StackEntry[] => {
      const stack = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
      // The sandbox's are for people's own machines.
      if (stack === undefined || stack.startsWith("sandbox")) return [];
      return [
        { stack, kind: /^ {2}pulse-infra:kind: platform$/m.test(content) ? "platform" : "environment" },
      ];
    })
    .sort((a, b) => b.kind.localeCompare(a.kind) || b.stack.localeCompare(a.stack));
}
