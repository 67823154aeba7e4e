import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { DependencyInfo, ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb.js";

/** The settings under `runtime: {name: nodejs, options: ...}` that this host knows. */
export interface RuntimeOptions {
  /** Compile TypeScript with ts-node; default true, as in Pulumi. False leaves TypeScript to Node itself. */
  typescript: boolean;
  /** More arguments for node, split at spaces. */
  nodeArguments: string[];
}

/** Reads the runtime's options; throws a sentence for an unknown value. */
export function runtimeOptions(info: ProgramInfo | undefined): RuntimeOptions {
  const raw: Record<string, unknown> = info?.getOptions()?.toJavaScript() ?? {};
  const { typescript = true, nodeargs = "" } = raw;
  if (typeof typescript !== "boolean") {
    throw new Error(`runtime option typescript must be true or false, not ${JSON.stringify(typescript)}`);
  }
  if (typeof nodeargs !== "string") {
    throw new Error(`runtime option nodeargs must be a text, not ${JSON.stringify(nodeargs)}`);
  }
  return { typescript, nodeArguments: nodeargs.split(/\s+/).filter((arg) => arg !== "") };
}

/** A part of the SDK as the program in `directory` would load it: the program's own copy, not ours. */
export function fromProgram(directory: string, module: string): string {
  try {
    return createRequire(join(directory, "package.json")).resolve(module);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed for ${directory}: run npm ci there`);
  }
}

/** How node runs a program: its arguments, environment and working folder. */
export interface Invocation {
  args: string[];
  env: Record<string, string>;
  cwd: string;
}

/** How node runs the program of an update or preview. `engine` is the engine's address, `tracing` its endpoint or "". */
export function programInvocation(request: RunRequest, engine: string, tracing: string): Invocation {
  const info = request.getInfo();
  const pwd = request.getPwd();
  const directory = info?.getProgramDirectory() ?? pwd;
  const entry = info?.getEntryPoint() ?? ".";
  const { typescript, nodeArguments } = runtimeOptions(info);
  const flags: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd,
    "root-directory": info?.getRootDirectory() ?? "",
    parallel: String(request.getParallel()),
    tracing,
  };
  const config = Object.fromEntries(request.getConfigMap().toArray());
  return {
    args: [
      ...nodeArguments,
      fromProgram(directory, "@pulumi/pulumi/cmd/run"),
      ...Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      // "." makes the SDK look into package.json for the entry point
      entry === "." && resolve(pwd) === resolve(directory) ? "." : resolve(directory, entry),
      ...request.getArgsList(),
    ],
    env: {
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: String(typescript),
    },
    cwd: pwd,
  };
}

/** How node runs a plugin that is a Node program: a policy pack ("analyzer") or a provider. */
export function pluginInvocation(plugin: {
  kind: string;
  directory: string;
  pwd: string;
  args: readonly string[];
  env: readonly string[];
  options: RuntimeOptions;
}): Invocation {
  const { kind, directory, args, options } = plugin;
  const variables = plugin.env.map((pair): [string, string] => {
    const cut = pair.indexOf("=");
    return [pair.slice(0, cut), pair.slice(cut + 1)];
  });
  const isPolicyPack = kind === "analyzer";
  const runner = isPolicyPack ? "run-policy-pack" : "run-plugin";
  return {
    args: [
      ...options.nodeArguments,
      fromProgram(directory, `@pulumi/pulumi/cmd/${runner}`),
      ...(isPolicyPack ? [...args, directory] : [directory, ...args]),
    ],
    env: { ...Object.fromEntries(variables), PULUMI_NODEJS_TYPESCRIPT: String(options.typescript) },
    // a policy pack's modules are found from its own folder
    cwd: isPolicyPack ? directory : plugin.pwd,
  };
}

/** The packages a program depends on directly, with their installed versions: what `pulumi about` shows. */
export function directDependencies(directory: string): Pick<DependencyInfo.AsObject, "name" | "version">[] {
  const read = (path: string): { version?: string; dependencies?: Record<string, string> } =>
    existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { version?: string }) : {};
  const { dependencies = {} } = read(join(directory, "package.json"));
  return Object.entries(dependencies).map(([name, range]) => ({
    name,
    version: read(join(directory, "node_modules", name, "package.json")).version ?? range,
  }));
}
