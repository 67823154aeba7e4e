import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Report } from "../paths.ts";
import { findOnPath, runProcess } from "../process.ts";
import { compatible, inRange, parseVersion, type VersionRange } from "./versions.ts";

/** How a program on PATH is asked for its version, and which versions will do. */
interface PathCheck {
  args: readonly string[];
  range: VersionRange;
  /** Programs that must lie beside it, because they belong to its version. */
  siblings?: readonly string[];
}

const kubernetes: PathCheck = { args: ["--version"], range: compatible.kubernetes };

const checks: Readonly<Partial<Record<string, PathCheck>>> = {
  pulumi: { args: ["version"], range: compatible.pulumi },
  etcd: { args: ["--version"], range: compatible.etcd },
  "kube-apiserver": kubernetes,
  "kube-controller-manager": kubernetes,
  "kube-scheduler": kubernetes,
  kubelet: kubernetes,
  "kube-proxy": kubernetes,
  kubectl: { args: ["version", "--client"], range: compatible.kubernetes },
  containerd: {
    args: ["--version"],
    range: compatible.containerd,
    siblings: ["containerd-shim-runc-v2", "ctr"],
  },
  prometheus: { args: ["--version"], range: compatible.prometheus, siblings: ["promtool"] },
  runc: { args: ["--version"], range: compatible.runc },
};

/** Root's programs lie in folders that a plain user's PATH leaves out. */
const searchPath = (): string => [process.env.PATH ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(":");

/** Folders where distributions put the CNI plugins, which are never on PATH. */
const cniFolders = ["/usr/lib/cni", "/opt/cni/bin"];

function findCni(): string | undefined {
  const needed = ["bridge", "host-local", "loopback"];
  return cniFolders.find((folder) => needed.every((plugin) => existsSync(join(folder, plugin))));
}

/**
 * A usable program that the machine has already: of a compatible version and complete. Says when it passes one over.
 * The first of that name on PATH decides, as it would in a shell.
 */
export async function findCompatible(
  tool: string,
  report: Report,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (tool === "cni") return findCni();
  const owner = Object.entries(checks).find(([, check]) => check?.siblings?.includes(tool))?.[0];
  if (owner !== undefined) {
    const found = await findCompatible(owner, () => undefined, signal);
    return found === undefined ? undefined : join(dirname(found), tool);
  }
  const check = checks[tool];
  const [path] = findOnPath(tool, searchPath());
  if (!check || path === undefined) return undefined;
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
  const answer = await runProcess(path, check.args, { env, signal, timeoutMs: 10_000 });
  const text = answer.stdout + answer.stderr;
  const { from, below } = check.range;
  if (!inRange(text, check.range)) {
    const version = parseVersion(text)?.join(".") ?? "of unknown version";
    report(`not using ${tool} ${version} at ${path}: at least ${from} and below ${below} is needed`);
    return undefined;
  }
  const missing = check.siblings?.find((sibling) => !existsSync(join(dirname(path), sibling)));
  if (missing !== undefined) {
    report(`not using ${path}: there is no ${missing} beside it`);
    return undefined;
  }
  return path;
}
