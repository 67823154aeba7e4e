import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheDir, type Report } from "./paths.ts";
import { findOnPath, isExecutable, runProcess } from "./process.ts";
import { pluginFolder, writeLauncher } from "./plugin-folders.ts";
import { pulumiHome } from "./pulumi.ts";
import { versions } from "./toolchain/versions.ts";
import { installVendorPlugins } from "./vendor-plugins.ts";

const languageHost = "pulumi-language-nodejs";
const kubernetes = "pulumi-resource-kubernetes";

/** Milliseconds for the official plugin's download (about 30 MB). */
const downloadMs = 60_000;
/** How long a failed download is remembered, so that not every start waits for one. */
const retryMs = 24 * 3600 * 1000;

/** Lends the files of somebody else's plugin folder; the engine passes over folders that are links themselves. */
function linkFiles(from: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(from)) {
    rmSync(join(folder, file), { force: true, recursive: true });
    symlinkSync(join(from, file), join(folder, file));
  }
}

/**
 * The Node language host. The engine takes the one beside its own binary first; for a Pulumi of the user's PATH without
 * one there, the one on PATH is lent; else ours stands in.
 */
function installLanguageHost(home: string, pulumi: string): string {
  const beside = join(dirname(realpathSync(pulumi)), languageHost);
  if (isExecutable(beside)) return beside;
  const folder = pluginFolder(home, "language-nodejs", versions.pulumi);
  const usersPulumi = findOnPath("pulumi").includes(pulumi);
  const [usersHost] = usersPulumi ? findOnPath(languageHost) : [];
  if (usersHost === undefined) {
    writeLauncher(folder, languageHost, "sandbox/language-host/main.ts");
  } else {
    mkdirSync(folder, { recursive: true });
    rmSync(join(folder, languageHost), { force: true });
    symlinkSync(usersHost, join(folder, languageHost));
  }
  return usersHost ?? join(folder, languageHost);
}

/** Tries the official plugin's own download; false, soon, where the network does not allow it. */
async function downloadKubernetes(
  pulumi: string,
  env: NodeJS.ProcessEnv,
  report: Report,
  signal?: AbortSignal,
): Promise<boolean> {
  report(`trying to download the official Kubernetes plugin ${versions["pulumi-kubernetes"]}`);
  const failed = new AbortController();
  let failures = 0;
  try {
    const result = await runProcess(
      pulumi,
      ["plugin", "install", "resource", "kubernetes", versions["pulumi-kubernetes"]],
      {
        env,
        timeoutMs: downloadMs,
        signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
        onLine: (line) => {
          // it repeats a failed download for ten seconds; the first repetition is the site's answer
          if (/will retry/i.test(line) && ++failures > 1) failed.abort(new Error("unreachable"));
        },
      },
    );
    return result.code === 0;
  } catch (error) {
    if (!failed.signal.aborted || signal?.aborted) throw error;
    return false;
  }
}

/** Which plugins a sandbox runs on. */
export interface InstalledPlugins {
  kubernetes: "official" | "stand-in";
  /** The executable that runs Node programs for the engine. */
  languageHost: string;
}

/**
 * Puts the plugins that the sandbox's stack needs into its own Pulumi home. The Kubernetes plugin is the official one
 * where the user's plugin folder has it or it can be downloaded, else this project's stand-in; says which. The vendors'
 * are always stand-ins: a sandbox has no accounts.
 */
export async function installPlugins(options: {
  /** The sandbox's folder. */
  dir: string;
  pulumi: string;
  /** From `pulumiEnvironment`. */
  env: NodeJS.ProcessEnv;
  report: Report;
  signal?: AbortSignal | undefined;
  /** "stand-in" does not look for the official Kubernetes plugin; default "official". */
  prefer?: "official" | "stand-in";
}): Promise<InstalledPlugins> {
  const { dir, pulumi, env, report, signal, prefer = "official" } = options;
  const home = pulumiHome(dir);
  const host = installLanguageHost(home, pulumi);
  installVendorPlugins(dir, home);
  const version = versions["pulumi-kubernetes"];
  const folder = pluginFolder(home, "resource-kubernetes", version);
  const official = await findOrDownload();
  if (!official) writeLauncher(folder, kubernetes, "sandbox/providers/kubernetes/main.ts");
  report(`Kubernetes plugin: ${official ? `the official ${version}` : "this project's stand-in"}`);
  return { kubernetes: official ? "official" : "stand-in", languageHost: host };

  async function findOrDownload(): Promise<boolean> {
    if (prefer === "stand-in") return false;
    if (isOfficial(folder)) return true;
    const users = pluginFolder(
      process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"),
      "resource-kubernetes",
      version,
    );
    if (isExecutable(join(users, kubernetes))) {
      linkFiles(users, folder);
      return true;
    }
    const failed = join(cacheDir(), `no-resource-kubernetes-v${version}`);
    if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < retryMs) return false;
    rmSync(folder, { recursive: true, force: true });
    if (await downloadKubernetes(pulumi, env, report, signal)) return true;
    mkdirSync(cacheDir(), { recursive: true });
    writeFileSync(
      failed,
      "The official plugin could not be downloaded; it is asked for again after a day.\n",
    );
    return false;
  }
}

/** The stand-in is a short script; the official plugin is a large binary or a link to one. */
function isOfficial(folder: string): boolean {
  const path = join(folder, kubernetes);
  return isExecutable(path) && (lstatSync(path).isSymbolicLink() || statSync(path).size > 10_000);
}
