import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { cacheDir, type Report } from "../paths.ts";
import { clearWorkFolders, requireDisk } from "./cache.ts";
import { debianBytes, debianPath, debianTools, installDebianTools } from "./debian.ts";
import { envoyBytes, envoyPath, installEnvoy } from "./envoy.ts";
import { goModules, type GoModule } from "./go-modules.ts";
import { buildGoTools, goToolFolder } from "./go.ts";
import { withLock } from "./lock.ts";
import { findCompatible } from "./path-tools.ts";
import { downloadedPulumi, downloadPulumi } from "./pulumi-download.ts";

export { moduleDir } from "./crds.ts";
export { versions } from "./versions.ts";

/** Programs that the sandbox may ask for. "cni" is a folder of plugins, the others are executables. */
export type ToolName =
  | "pulumi"
  | "sdkgen"
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kubectl"
  | "kube-proxy"
  | "kwok"
  | "envoy-gateway"
  | "coredns"
  | "metrics-server"
  | "actionlint"
  | "pause"
  | "envoy"
  | "containerd"
  | "containerd-shim-runc-v2"
  | "ctr"
  | "runc"
  | "cni"
  | "prometheus"
  | "promtool";

type Install = (report: Report, signal?: AbortSignal) => Promise<void>;

/** A set of tools that comes by one way, as far as they are missing. */
interface Supply {
  tools: ToolName[];
  bytes: number;
  install: Install;
}

/** Where a finished tool would lie in the cache; the first that exists is taken. */
function cachePaths(tool: ToolName): string[] {
  const debian = debianTools.find((candidate) => tool in candidate.files);
  if (debian) return [debianPath(debian, tool)];
  if (tool === "envoy") return [envoyPath()];
  const built = join(goToolFolder(goModuleOf(tool)), tool);
  return tool === "pulumi" ? [downloadedPulumi(), built] : [built];
}

function goModuleOf(tool: ToolName): GoModule {
  const module = goModules.find(({ packages }) => tool in packages);
  if (!module) throw new Error(`no Go module builds ${tool}`);
  return module;
}

const inCache = (tool: ToolName): string | undefined => cachePaths(tool).find(existsSync);

/** How the missing tools are got, in the order in which it is done. */
function supplies(missing: readonly ToolName[]): Supply[] {
  const wanted = (names: readonly string[]): ToolName[] => missing.filter((tool) => names.includes(tool));
  const debian = debianTools.filter(({ files }) => wanted(Object.keys(files)).length > 0);
  const all: Supply[] = [
    {
      tools: wanted(debianTools.flatMap(({ files }) => Object.keys(files))),
      bytes: debianBytes,
      install: (report, signal) => installDebianTools(debian, report, signal),
    },
    { tools: wanted(["envoy"]), bytes: envoyBytes, install: installEnvoy },
    ...goModules.map((module) => {
      const tools = wanted(Object.keys(module.packages));
      const build: Install = (report, signal) => buildGoTools(module, tools, report, signal);
      const downloadOrBuild: Install = async (report, signal) => {
        if (!(await downloadPulumi(report, signal))) await build(report, signal);
      };
      return {
        tools,
        bytes: module.diskMb * 1e6,
        install: module.name === "pulumi" ? downloadOrBuild : build,
      };
    }),
  ];
  return all.filter(({ tools }) => tools.length > 0);
}

/**
 * Finds the tools, or gets them: a compatible one on PATH, one in the cache, an official download, a build or package
 * from a registry, in that order. Answers with absolute paths. Says on `report` what it does and waits for; a second
 * start waits for the first. Throws a UserError where a tool cannot be had; whatever was done by then is kept.
 */
export async function ensureTools<T extends ToolName>(
  names: readonly T[],
  report: Report,
  signal?: AbortSignal,
): Promise<Record<T, string>> {
  const found = new Map<ToolName, string>();
  for (const name of names) {
    const cached = inCache(name);
    // why the one on PATH will not do matters only where another must be fetched for it
    const explain = cached === undefined ? report : (): void => undefined;
    const path = (await findCompatible(name, explain, signal)) ?? cached;
    if (path !== undefined) found.set(name, path);
  }
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) {
    await withLock(cacheDir(), `fetching or building ${missing.join(", ")}`, report, signal, async () => {
      // another start may have done it while this one waited
      const plan = supplies(missing.filter((name) => inCache(name) === undefined));
      clearWorkFolders();
      if (plan.length > 0) await requireDisk(plan.reduce((sum, { bytes }) => sum + bytes, 0));
      for (const { install } of plan) await install(report, signal);
    });
  }
  for (const name of missing) {
    const path = inCache(name);
    if (path === undefined)
      throw new UserError(`${name} is still missing in ${cacheDir()} after it was fetched`);
    found.set(name, path);
  }
  return Object.fromEntries(found) as Record<T, string>;
}
