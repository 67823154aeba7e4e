import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { findOnPath, runProcess } from "../process.ts";
import { duration, inWorkFolder, toolFolder } from "./cache.ts";
import { fetchStep } from "./command.ts";

/** What one of these needs on disk while it is fetched, in bytes (measured: 250 MB unpacked, 60 MB of lists). */
export const debianBytes = 350e6;

/** A set of Debian packages that is unpacked into the cache, never installed. */
export interface DebianTool {
  /** Folder in the cache. */
  name: string;
  /** Packages to unpack, with the libraries that a small system may lack. */
  packages: readonly string[];
  /** Tool name to its path inside the unpacked packages. */
  files: Readonly<Record<string, string>>;
}

/**
 * What runs containers, and Prometheus. The versions are the distribution's, which also keeps the first in step with
 * the system's kernel.
 */
export const debianTools = [
  {
    name: "containerd",
    packages: ["containerd"],
    files: {
      containerd: "usr/bin/containerd",
      "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2",
      ctr: "usr/bin/ctr",
    },
  },
  { name: "runc", packages: ["runc", "libseccomp2"], files: { runc: "usr/sbin/runc" } },
  {
    name: "prometheus",
    packages: ["prometheus"],
    files: { prometheus: "usr/bin/prometheus", promtool: "usr/bin/promtool" },
  },
  { name: "cni", packages: ["containernetworking-plugins"], files: { cni: "usr/lib/cni" } },
] as const satisfies readonly DebianTool[];

/** Where a tool of these packages lies once it is unpacked. */
export const debianPath = (tool: DebianTool, file: string): string =>
  join(toolFolder(tool.name, "debian"), tool.files[file] ?? "");

/**
 * Unpacks the packages of the tools into the cache, with package lists and downloads of its own: nothing is installed
 * and apt's own state is not touched (installing Debian's containerd would remove Docker's).
 */
export async function installDebianTools(
  tools: readonly DebianTool[],
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  const names = tools.flatMap((tool) => [...tool.packages]);
  const what = `the packages ${names.join(", ")}`;
  const [apt] = findOnPath("apt-get");
  const [dpkg] = findOnPath("dpkg-deb");
  if (apt === undefined || dpkg === undefined) {
    throw new UserError(
      `${tools.map((tool) => tool.name).join(", ")} not found on PATH, and without apt-get and dpkg-deb they cannot ` +
        "be fetched: install them with this system's package manager and run the command again.",
    );
  }
  report(`fetching ${what} into the cache (nothing is installed)`);
  const started = Date.now();
  const hint = "Check the network and apt's sources, or install them, and run the command again.";
  await inWorkFolder(async (work) => {
    const folder = (...path: string[]): string => {
      const result = join(work, ...path);
      mkdirSync(result, { recursive: true });
      return result;
    };
    folder("lists", "partial");
    folder("cache", "archives", "partial");
    const privateState = [
      ["Dir::State::Lists", join(work, "lists")],
      ["Dir::Cache", join(work, "cache")],
      ["APT::Sandbox::User", ""],
    ].flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    const options = { cwd: folder("debs"), signal };
    for (const args of [["update"], ["download", ...names]]) {
      await fetchStep(what, hint, debianBytes, apt, ["-q", ...privateState, ...args], options);
    }
    const debs = readdirSync(join(work, "debs"));
    for (const tool of tools) {
      const root = folder("root", tool.name);
      for (const deb of debs.filter((file) => tool.packages.includes(file.split("_")[0] ?? ""))) {
        await fetchStep(what, hint, debianBytes, dpkg, ["-x", join(work, "debs", deb), root], { signal });
      }
      const target = toolFolder(tool.name, "debian");
      for (const file of Object.values(tool.files)) await bringLibraries(root, file, target);
      rmSync(target, { recursive: true, force: true });
      mkdirSync(dirname(target), { recursive: true });
      renameSync(root, target);
    }
  });
  report(`fetched ${names.join(", ")} in ${duration(Date.now() - started)}`);
}

/** Lets a program that lacks a system library find the unpacked one: a script of the same name sets the search path. */
async function bringLibraries(root: string, file: string, target: string): Promise<void> {
  const libraries = join(root, "usr/lib");
  const folders = existsSync(libraries)
    ? readdirSync(libraries).filter((name) => name.includes("-linux-"))
    : [];
  const [first] = folders;
  if (first === undefined) return;
  const { stdout } = await runProcess("ldd", [join(root, file)]);
  if (!stdout.includes("not found")) return;
  renameSync(join(root, file), join(root, `${file}.real`));
  const path = join(target, "usr/lib", first);
  writeFileSync(
    join(root, file),
    `#!/bin/sh\nLD_LIBRARY_PATH='${path}' exec '${join(target, `${file}.real`)}' "$@"\n`,
  );
  chmodSync(join(root, file), 0o755);
}
