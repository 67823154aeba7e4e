import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Report } from "../paths.ts";
import { findOnPath, isExecutable, runProcess } from "../process.ts";
import { duration, inWorkFolder, toolFolder } from "./cache.ts";
import { versions } from "./versions.ts";

/** Milliseconds for the first sign of a download: offline it must not be waited for. */
const firstSignMs = 12_000;
/** Milliseconds for the whole download (about 150 MB). */
const downloadMs = 600_000;

/** Where the official Pulumi lies once it is downloaded, its language hosts beside it. */
export const downloadedPulumi = (): string => join(toolFolder("pulumi", versions.pulumi), "pulumi");

/** The npm settings of the script that started us would send npm exec into this project. */
function outsideNpmScript(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_local)/.test(name),
  );
  return Object.fromEntries(kept);
}

/**
 * Tries the official download through the npm package `pulumi`, whose one job that is. Answers false, soon, where the
 * network does not allow it; the caller then builds from source.
 */
export async function downloadPulumi(report: Report, signal?: AbortSignal): Promise<boolean> {
  const [npm] = findOnPath("npm");
  if (npm === undefined) return false;
  const what = `the official pulumi ${versions.pulumi}`;
  report(`trying to download ${what}`);
  const started = Date.now();
  return inWorkFolder(async (work) => {
    const silence = new AbortController();
    const impatience = setTimeout(() => silence.abort(new Error("no answer")), firstSignMs);
    const heartbeat = setInterval(
      () => report(`downloading ${what}, ${duration(Date.now() - started)}`),
      10_000,
    );
    try {
      const result = await runProcess(
        npm,
        [
          "exec",
          "--yes",
          "--fetch-retries=0",
          `--package=pulumi@${versions.pulumi}`,
          "--",
          "pulumi",
          "version",
        ],
        {
          cwd: work,
          env: { ...outsideNpmScript(), PULUMI_HOME: work, PULUMI_SKIP_UPDATE_CHECK: "1" },
          signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
          timeoutMs: downloadMs,
          // its installer says on stdout that it starts; only then is the site known to be reachable
          onLine: (_, stream) => {
            if (stream === "stdout") clearTimeout(impatience);
          },
        },
      );
      const bin = join(work, "versions", versions.pulumi, "bin");
      if (result.code !== 0 || !isExecutable(join(bin, "pulumi"))) {
        report(`could not download ${what}${result.timedOut ? " in ten minutes" : ""}`);
        return false;
      }
      const target = toolFolder("pulumi", versions.pulumi);
      mkdirSync(dirname(target), { recursive: true });
      rmSync(target, { recursive: true, force: true });
      renameSync(bin, target);
      report(`downloaded ${what} in ${duration(Date.now() - started)}`);
      return true;
    } catch (error) {
      if (!silence.signal.aborted || signal?.aborted) throw error;
      report(`could not download ${what}: no answer in ${duration(firstSignMs)}`);
      return false;
    } finally {
      clearTimeout(impatience);
      clearInterval(heartbeat);
    }
  });
}
