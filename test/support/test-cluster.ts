import { join } from "node:path";
import { startCluster, stopCluster, type Cluster, type Level } from "../../sandbox/cluster/index.ts";
import { defaultSandboxDir } from "../../sandbox/paths.ts";

/** Where the test run's cluster is, set by the global setup for every test file. */
const variable = "PULSE_TEST_CLUSTER";

/** The test run's cluster. */
export function testCluster(): Cluster {
  const value = process.env[variable];
  if (value === undefined) throw new Error("No test cluster was started: run the tests through npm.");
  return JSON.parse(value) as Cluster;
}

/**
 * Starts a fresh cluster for a whole test run. A machine has room for one full cluster, so that level takes the
 * sandbox's own place: a sandbox that runs is ended.
 */
export async function startTestCluster(level: Level): Promise<void> {
  const dir = level === "full" ? defaultSandboxDir() : join(defaultSandboxDir(), "tests", level);
  const report = (message: string): void => void process.stderr.write(`${level} cluster: ${message}\n`);
  await stopCluster(dir, report);
  const cluster = await startCluster({ dir, level, scrapeSeconds: 1, report });
  process.env[variable] = JSON.stringify(cluster);
}

/** Ends it and leaves nothing. */
export async function stopTestCluster(): Promise<void> {
  await stopCluster(testCluster().dir, () => undefined);
}
