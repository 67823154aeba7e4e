import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "./context.ts";
import { waiting } from "./control-plane.ts";
import { kubeconfigOf } from "./credentials.ts";
import type { FullTool } from "./full-tools.ts";
import { runToEnd } from "./kubectl.ts";
import { freePorts, isFree } from "./ports.ts";
import { writeState } from "./state.ts";
import { waitFor } from "./wait.ts";

/** Prometheus' own port; another one where that is taken. */
const usualPort = 9090;

/** Seconds between two scrapes unless the stack's config says otherwise. */
export const defaultScrapeSeconds = 10;

/** Where Prometheus keeps its settings, targets and samples. */
const folderOf = (dir: string): string => join(dir, "prometheus");

/** Starts Prometheus on 127.0.0.1, and the process that tells it what to scrape. */
export async function startPrometheus(context: Context<FullTool>, scrapeSeconds: number): Promise<void> {
  const { dir, processes, state, tools, signal } = context;
  const folder = folderOf(dir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const targets = join(folder, "targets.json");
  if (!existsSync(targets)) writeFileSync(targets, "[]");
  const settings = join(folder, "prometheus.yml");
  // JSON is YAML, too.
  writeFileSync(settings, JSON.stringify(settingsOf(targets, scrapeSeconds), undefined, 2));
  await runToEnd(tools.promtool, ["check", "config", settings], { signal });
  processes.ensure({
    name: "prometheus-targets",
    command: process.execPath,
    args: [
      "--no-warnings",
      fileURLToPath(new URL("targets.ts", import.meta.url)),
      kubeconfigOf(dir),
      targets,
    ],
  });
  if (!processes.runs("prometheus")) {
    const known = state.ports.prometheus ?? usualPort;
    state.ports.prometheus = (await isFree(known, "127.0.0.1")) ? known : (await freePorts(1))[0];
    writeState(dir, state);
  }
  const url = `http://127.0.0.1:${state.ports.prometheus ?? usualPort}`;
  const started = processes.ensure({
    name: "prometheus",
    command: tools.prometheus,
    args: [
      `--config.file=${settings}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--storage.tsdb.retention.time=6h",
      "--storage.tsdb.retention.size=200MB",
      `--web.listen-address=${url.slice("http://".length)}`,
      "--web.enable-lifecycle",
    ],
  });
  const ask = async (path: string, method = "GET") =>
    (await fetch(`${url}${path}`, { method, signal: AbortSignal.timeout(5_000) })).ok;
  await waitFor(() => ask("/-/ready"), {
    ...waiting(context, "prometheus"),
    what: "Prometheus",
    timeoutSeconds: 30,
  });
  // One that runs already may have been told another interval.
  if (!started) await ask("/-/reload", "POST");
}

/** Prometheus' settings: every pod that asks for it, by the usual annotations. */
export const settingsOf = (targets: string, scrapeSeconds: number) => ({
  global: {
    scrape_interval: `${scrapeSeconds}s`,
    scrape_timeout: `${Math.min(scrapeSeconds, 5)}s`,
    evaluation_interval: `${scrapeSeconds}s`,
  },
  scrape_configs: [{ job_name: "pods", file_sd_configs: [{ files: [targets] }] }],
});
