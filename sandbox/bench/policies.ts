import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCluster, stopCluster } from "../cluster/index.ts";
import { policies, projectRoot, type Report } from "../paths.ts";
import { installPlugins } from "../pulumi-plugins.ts";
import { initStack, PulumiCli, pulumiEnvironment, sandboxConfigFile } from "../pulumi.ts";
import { buildSdks } from "../sdks.ts";
import { interruptible } from "../start/interrupt.ts";
import { seconds } from "../start/lines.ts";
import { say } from "../start/terminal.ts";
import { ensureTools } from "../toolchain/index.ts";
import { endedChildrenMs, median, thisMachine, verdict } from "./figures.ts";

const PAIRS = 10;
/** Milliseconds of one preview: on the clock, and of the processors by everything that it starts. */
interface Times {
  clock: number;
  processor: number;
}

/** What a run with policies may take longer. */
const GOAL_MS = 1_000;

/**
 * `npm run bench -- policies`: previews the production stack with and without the policies, in turns, so that what else
 * the machine does falls on both. Needs no root: the cluster is an API server whose nodes are played.
 */
export async function benchPolicies(dir: string): Promise<number> {
  const { signal, dispose } = interruptible();
  const own = join(dir, "bench", "policies");
  const report: Report = (message) => say(message);
  try {
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own, { recursive: true });
    await buildSdks(report, signal);
    const { pulumi } = await ensureTools(["pulumi"], report, signal);
    const { kubeconfig } = await startCluster({ dir: own, level: "rootless", report, signal });
    const stack = "production";
    const env = pulumiEnvironment({ dir: own, kubeconfig, tools: { pulumi }, stack });
    await installPlugins({ dir: own, pulumi, env, report, signal, prefer: "stand-in" });
    await initStack({ dir: own, pulumi, env, stack, project: projectRoot, signal });
    const cli = new PulumiCli({ pulumi, env });
    const config = ["--config-file", sandboxConfigFile(own, stack)];
    // The committed file names a cluster of its own; this one has one context.
    await cli.run(["config", "rm", "--path", "pulse-infra:cluster.context", ...config], { signal });
    const context = ["config", "set", "--path", "pulse-infra:cluster.context", "sandbox", ...config];
    await cli.run(context, { signal });
    const levels = join(policies.pack, "levels", `${stack}.json`);
    const pack = ["--policy-pack", policies.pack, "--policy-pack-config", levels];
    const times = async (args: readonly string[]): Promise<Times> => {
      const [began, used] = [performance.now(), endedChildrenMs() ?? NaN];
      await cli.run(["preview", ...config, ...args], { signal });
      return { clock: performance.now() - began, processor: (endedChildrenMs() ?? NaN) - used };
    };
    const [without, withPolicies]: [Times[], Times[]] = [[], []];
    for (let pair = 0; pair <= PAIRS; pair++) {
      const [bare, checked] = [await times([]), await times(pack)];
      // The first pair warms up and does not count.
      if (pair === 0) continue;
      without.push(bare);
      withPolicies.push(checked);
      say(
        `pair ${pair} of ${PAIRS}: without ${seconds(bare.clock)}, with policies ${seconds(checked.clock)}`,
      );
    }
    const added = (what: keyof Times): number =>
      median(withPolicies.map((time, n) => time[what] - (without[n]?.[what] ?? NaN)));
    const figures = {
      date: new Date().toISOString(),
      machine: thisMachine(),
      without,
      withPolicies,
      addedMs: added("clock"),
      addedProcessorMs: added("processor"),
    };
    const file = join(dir, "bench", `policies-${figures.date.replaceAll(":", "-")}.json`);
    writeFileSync(file, `${JSON.stringify(figures, undefined, 2)}\n`);
    const middle = (times: readonly Times[]): string => seconds(median(times.map(({ clock }) => clock)));
    say(
      "",
      `preview of production   median ${middle(without)} without, ${middle(withPolicies)} with policies`,
      `added by policies       median of the pairs ${seconds(figures.addedMs)} ` +
        verdict(`< ${seconds(GOAL_MS)}`, figures.addedMs < GOAL_MS),
      `of the processor        ${seconds(figures.addedProcessorMs)}, whatever else runs`,
      `figures                 ${file}`,
    );
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    return 130;
  } finally {
    await stopCluster(own, () => undefined);
    dispose();
  }
}
