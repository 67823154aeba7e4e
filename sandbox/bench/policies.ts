import { join } from "node:path";
import { policies, projectRoot } from "../paths.ts";
import { installPlugins } from "../pulumi-plugins.ts";
import { initStack, PulumiCli, pulumiEnvironment, sandboxConfigFile } from "../pulumi.ts";
import { buildSdks } from "../sdks.ts";
import { seconds } from "../start/lines.ts";
import { say } from "../start/terminal.ts";
import { ensureTools } from "../toolchain/index.ts";
import { endedChildrenMs, median } from "./figures.ts";
import { runBench, withRootlessCluster, type ResultLine } from "./run.ts";

const PAIRS = 10;
/** Milliseconds of one preview: on the clock, and of the processors by everything that it starts. */
interface Times {
  clock: number;
  processor: number;
}

/** Previews in turns, of the same stack. */
interface PolicyFigures {
  without: Times[];
  withPolicies: Times[];
}

/** What a run with policies may take longer. */
const GOAL_MS = 1_000;

/**
 * `npm run bench -- policies`: previews the production stack with and without the policies, in turns, so that what else
 * the machine does falls on both. Needs no root: the cluster is an API server whose nodes are played.
 */
export function benchPolicies(sandboxDir: string): Promise<number> {
  const dir = join(sandboxDir, "bench", "policies");
  return runBench(sandboxDir, {
    name: "policies",
    interrupted: "nothing is left running.",
    measure: (signal) => withRootlessCluster(dir, signal, (kubeconfig) => measure(dir, kubeconfig, signal)),
    lines: policyLines,
  });
}

async function measure(dir: string, kubeconfig: string, signal: AbortSignal): Promise<PolicyFigures> {
  const stack = "production";
  await buildSdks(say, signal);
  const { pulumi } = await ensureTools(["pulumi"], say, signal);
  const env = pulumiEnvironment({ dir, kubeconfig, tools: { pulumi }, stack });
  await installPlugins({ dir, pulumi, env, report: say, signal, prefer: "stand-in" });
  await initStack({ dir, pulumi, env, stack, project: projectRoot, signal });
  const cli = new PulumiCli({ pulumi, env });
  const config = ["--config-file", sandboxConfigFile(dir, stack)];
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
  const figures: PolicyFigures = { without: [], withPolicies: [] };
  for (let pair = 0; pair <= PAIRS; pair++) {
    const [bare, checked] = [await times([]), await times(pack)];
    // The first pair warms up and does not count.
    if (pair === 0) continue;
    figures.without.push(bare);
    figures.withPolicies.push(checked);
    say(`pair ${pair} of ${PAIRS}: without ${seconds(bare.clock)}, with policies ${seconds(checked.clock)}`);
  }
  return figures;
}

function policyLines({ without, withPolicies }: PolicyFigures): ResultLine[] {
  const added = (what: keyof Times): number =>
    median(withPolicies.map((time, n) => time[what] - (without[n]?.[what] ?? NaN)));
  const middle = (times: readonly Times[]): string => seconds(median(times.map(({ clock }) => clock)));
  return [
    `preview      of production, median ${middle(without)} without, ${middle(withPolicies)} with policies`,
    {
      text: `added        by policies, median of the pairs ${seconds(added("clock"))}`,
      goal: `< ${seconds(GOAL_MS)}`,
      met: added("clock") < GOAL_MS,
    },
    `processor    ${seconds(added("processor"))} added, whatever else runs`,
  ];
}
