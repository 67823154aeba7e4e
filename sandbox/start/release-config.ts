import { load } from "js-yaml";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster/index.ts";
import { projectRoot } from "../paths.ts";
import { sandboxConfigFile, sandboxStack } from "../pulumi.ts";
import type { PulumiSession } from "./session.ts";

/** What the sandbox itself wants to know of the stack's `release` section; anything may be mistyped there. */
interface ReleaseSection {
  scrapeIntervalSeconds?: unknown;
  internalUrl?: unknown;
  prometheus?: { url?: unknown };
}

function releaseSection(dir: string): ReleaseSection {
  const own = sandboxConfigFile(dir);
  const file = existsSync(own) ? own : join(projectRoot, `Pulumi.${sandboxStack}.yaml`);
  const { config } = load(readFileSync(file, "utf8")) as {
    config?: Record<string, ReleaseSection | undefined>;
  };
  return config?.["pulse-infra:release"] ?? {};
}

/** Seconds between two scrapes, as the stack has it; undefined where it says nothing that Prometheus could use. */
export function scrapeSecondsOf(dir: string): number | undefined {
  const { scrapeIntervalSeconds: seconds } = releaseSection(dir);
  return typeof seconds === "number" && Number.isInteger(seconds) && seconds > 0 ? seconds : undefined;
}

/** Writes into the sandbox's own copy of the stack's config where Prometheus and the internal listener answer, if it has it wrong. */
export async function tellWhere(
  cluster: Cluster,
  session: PulumiSession,
  signal: AbortSignal,
): Promise<void> {
  const { internalUrl, prometheus } = releaseSection(cluster.dir);
  const facts = [
    ["release.internalUrl", internalUrl, cluster.internalUrl],
    ["release.prometheus.url", prometheus?.url, cluster.prometheusUrl],
  ] as const;
  for (const [path, written, real] of facts) {
    if (real !== undefined && written !== real) await session.setConfig(path, real, signal);
  }
}
