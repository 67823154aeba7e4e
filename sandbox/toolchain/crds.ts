import { cpSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDir, type Report } from "../paths.ts";
import { inWorkFolder, toolFolder } from "./cache.ts";
import { goModules } from "./go-modules.ts";
import { goSources } from "./go.ts";
import { withLock } from "./lock.ts";
import { versions } from "./versions.ts";

/** The Go modules whose YAML is needed, the folder under go/ whose go.sum pins each, and the folders of it. */
const sources = {
  "envoy-gateway": {
    pinnedBy: "envoy-gateway",
    path: "github.com/envoyproxy/gateway",
    folders: ["charts/gateway-crds-helm/templates"],
  },
  "gateway-api": {
    pinnedBy: "envoy-gateway",
    path: "sigs.k8s.io/gateway-api",
    folders: ["config/crd/standard"],
  },
  "cert-manager": {
    pinnedBy: "cert-manager",
    path: "github.com/cert-manager/cert-manager",
    folders: ["deploy/crds"],
  },
} as const;

/**
 * A folder with the custom resource definitions of that Go module, at the paths they have in the module
 * (`charts/gateway-crds-helm/templates/generated`, `config/crd/standard`, `deploy/crds`). Copied once, so that the sources may go.
 */
export async function moduleDir(
  name: keyof typeof sources,
  report: Report = () => undefined,
  signal?: AbortSignal,
): Promise<string> {
  const target = toolFolder(`${name}-crds`, versions[name]);
  if (existsSync(target)) return target;
  const { path, folders, pinnedBy } = sources[name];
  const owner = goModules.find((module) => module.name === pinnedBy);
  if (!owner) throw new Error(`go-modules.ts has no ${pinnedBy}`);
  const what = `fetching the resource definitions of ${name} ${versions[name]}`;
  return withLock(cacheDir(), what, report, signal, async () => {
    if (existsSync(target)) return target;
    const from = await goSources(owner, path, signal);
    return inWorkFolder((work) => {
      for (const folder of folders) {
        mkdirSync(dirname(join(work, "crds", folder)), { recursive: true });
        cpSync(join(from, folder), join(work, "crds", folder), { recursive: true });
      }
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(work, "crds"), target);
      return Promise.resolve(target);
    });
  });
}
