import { sandboxPlatformStack, sandboxStack } from "./pulumi.ts";

/** Commands that take --config-file; of `config`, its subcommands too. */
const withConfigFile = new Set([
  "up",
  "update",
  "preview",
  "pre",
  "destroy",
  "down",
  "dn",
  "refresh",
  "import",
  "watch",
  "logs",
  "config",
  "cfg",
  "c",
]);

/** Commands that run policy packs. */
const withPolicyPack = new Set(["up", "update", "preview", "pre", "watch"]);

/** Options of `pulumi` itself that take a value: the command's name comes after both. */
const globalWithValue = new Set([
  "-C",
  "--cwd",
  "--color",
  "--tracing",
  "--profiling",
  "-v",
  "--verbose",
  "--memprofilerate",
]);

function commandOf(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (!arg.startsWith("-")) return arg;
    if (globalWithValue.has(arg)) i += 1;
  }
  return undefined;
}

const valuesOf = (args: readonly string[], ...names: string[]): string[] =>
  args.flatMap((arg, i) => {
    const name = names.find((candidate) => arg === candidate || arg.startsWith(`${candidate}=`));
    if (name === undefined) return [];
    return [arg === name ? (args[i + 1] ?? "") : arg.slice(name.length + 1)];
  });

/** The stack that arguments name, without its organization; undefined where they name none. */
export function stackOf(args: readonly string[]): string | undefined {
  return valuesOf(args, "-s", "--stack")[0]?.split("/").at(-1);
}

/**
 * What `npm run pulumi -- ARGS` hands to Pulumi: ARGS, with the sandbox's own config file and this project's policies
 * where the command takes them and ARGS names none. Another stack than the sandbox's two keeps its own config file.
 */
export function userPulumi(
  args: readonly string[],
  defaults: { configFile: (stack: string) => string; policies: { pack: string; levels: string } },
): string[] {
  const command = commandOf(args) ?? "";
  const stack = stackOf(args) ?? sandboxStack;
  const added: string[] = [];
  const asksForHelp = args.includes("--help") || args.includes("-h");
  if (asksForHelp || ![sandboxStack, sandboxPlatformStack].includes(stack)) return [...args];
  if (withConfigFile.has(command) && valuesOf(args, "--config-file").length === 0) {
    added.push("--config-file", defaults.configFile(stack));
  }
  if (withPolicyPack.has(command) && valuesOf(args, "--policy-pack").length === 0) {
    added.push("--policy-pack", defaults.policies.pack, "--policy-pack-config", defaults.policies.levels);
  }
  // behind "--" everything is an argument of the command, not an option
  const end = args.indexOf("--");
  return end < 0 ? [...args, ...added] : [...args.slice(0, end), ...added, ...args.slice(end)];
}
