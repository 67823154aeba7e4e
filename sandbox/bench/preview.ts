import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { startCluster, stopCluster } from "../cluster/index.ts";
import { projectRoot } from "../paths.ts";
import { sandboxConfigFile, sandboxPlatformStack, sandboxStack } from "../pulumi.ts";
import { packages } from "../providers/vendors/facts.ts";
import { buildSdks } from "../sdks.ts";
import { interruptible } from "../start/interrupt.ts";
import { seconds } from "../start/lines.ts";
import { alone } from "../start/lock.ts";
import { openSession, type PulumiSession } from "../start/session.ts";
import { say } from "../start/terminal.ts";
import { ensureTools } from "../toolchain/index.ts";
import { median, thisMachine, verdict, type Machine } from "./figures.ts";

const ROUNDS = 5;
/** Repositories with a web project each; the steps are equal, so that the two slopes can be compared. */
const SIZES = [1, 4, 7] as const;
const GROWTH_ROUNDS = 3;

/** Net of provider start, at most so many times the one-resource program. */
const GOAL = 2;
/** The second step may cost at most so much more than the first, by resource, to count as linear. */
const LINEAR = 1.5;

/** What every round previews: both stacks, one resource on a provider, providers alone, and nothing at all. */
type Variant =
  | "none"
  | "platform"
  | "platform providers"
  | "slack"
  | "slack provider"
  | "environment"
  | "kubernetes"
  | "kubernetes provider";

/** What is written as JSON; times are in milliseconds. */
export interface PreviewFigures {
  date: string;
  machine: Machine;
  /** The machine's load average over a minute, before and after. */
  load: [number, number];
  times: Record<Variant, number[]>;
  growth: { services: number; resources: number; times: number[] }[];
}

/**
 * `npm run bench -- preview`: what a preview without changes costs in each kind of stack, beside a program with one
 * resource on the same stand-ins. Brings up a cluster of its own that needs no root, and ends it.
 */
export async function benchPreview(sandboxDir: string): Promise<number> {
  const { signal, dispose } = interruptible();
  const dir = join(sandboxDir, "bench", "preview");
  try {
    await alone(dir, "npm run bench", async () => {
      rmSync(join(dir, "backend"), { recursive: true, force: true });
      rmSync(join(dir, "cloud.json"), { force: true });
      for (const stack of [sandboxPlatformStack, sandboxStack])
        rmSync(sandboxConfigFile(dir, stack), { force: true });
      const { kubeconfig } = await startCluster({ dir, level: "rootless", report: say, signal });
      try {
        const figures = await measure(dir, kubeconfig, signal);
        const folder = join(sandboxDir, "bench");
        mkdirSync(folder, { recursive: true });
        const file = join(folder, `preview-${figures.date.replaceAll(":", "-")}.json`);
        writeFileSync(file, `${JSON.stringify(figures, undefined, 2)}\n`);
        say("", ...previewLines(figures), `figures      ${file}`);
      } finally {
        await stopCluster(dir, () => undefined);
      }
    });
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    say("", "Interrupted; nothing is left running.");
    return 130;
  } finally {
    dispose();
  }
}

async function measure(dir: string, kubeconfig: string, signal: AbortSignal): Promise<PreviewFigures> {
  const { pulumi } = await ensureTools(["pulumi"], say, signal);
  await buildSdks(say, signal);
  const before = loadavg()[0] ?? 0;
  const open = (stack: string, project = projectRoot): Promise<PulumiSession> =>
    openSession({ dir, kubeconfig, pulumi, report: () => undefined, signal, project, stack });
  const up = async (session: PulumiSession): Promise<PulumiSession> => {
    await session.up({ signal, policies: false });
    return session;
  };
  const floor = async (name: string, packages: readonly string[], resource = ""): Promise<PulumiSession> => {
    const session = await open(name, join(projectRoot, "sandbox/bench/providers"));
    await session.setConfig("packages", packages.join(","), signal);
    await session.setConfig("resource", resource, signal);
    return up(session);
  };
  say("applying what is previewed");
  const platform = await up(await open(sandboxPlatformStack));
  const sessions: Record<Variant, PulumiSession> = {
    none: await floor("none", []),
    platform,
    "platform providers": await floor("all-providers", packages),
    slack: await floor("one-slack", ["slack"], "slack"),
    "slack provider": await floor("slack-provider", ["slack"]),
    environment: await up(await open(sandboxStack)),
    kubernetes: await floor("one-kubernetes", ["kubernetes"], "kubernetes"),
    "kubernetes provider": await floor("kubernetes-provider", ["kubernetes"]),
  };
  const names = Object.keys(sessions) as Variant[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Variant, number[]>;
  // In turns, so that what else the machine does falls on all. The first round warms up and does not count.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const time = await sessions[name].preview(signal);
      if (round > 0) times[name].push(time);
    }
    if (round > 0)
      say(
        `round ${round} of ${ROUNDS}: ${names.map((name) => `${name} ${seconds(times[name].at(-1) ?? 0)}`).join(", ")}`,
      );
  }
  const growth = [];
  for (const services of SIZES) {
    grow(sandboxConfigFile(dir, sandboxPlatformStack), services);
    await up(platform);
    const resources = await platform.resources(signal);
    const taken: number[] = [];
    for (let round = 0; round <= GROWTH_ROUNDS; round++) {
      const time = await platform.preview(signal);
      if (round > 0) taken.push(time);
    }
    growth.push({ services, resources, times: taken });
    say(`${services} services, ${resources} resources: ${seconds(median(taken))}`);
  }
  const after = loadavg()[0] ?? 0;
  return { date: new Date().toISOString(), machine: thisMachine(), load: [before, after], times, growth };
}

interface Services {
  config: { "pulse-infra:github": { repositories: object[] }; "pulse-infra:vercel": { projects: object[] } };
}

/** Gives the platform's config so many repositories, with a web project each. */
function grow(file: string, services: number): void {
  const content = load(readFileSync(file, "utf8")) as Services;
  const more = Array.from({ length: services - 1 }, (_, n) => `service-${n + 2}`);
  const { config } = content;
  const [repository = {}] = config["pulse-infra:github"].repositories;
  const [project = {}] = config["pulse-infra:vercel"].projects;
  config["pulse-infra:github"].repositories = [repository, ...more.map((name) => ({ name }))];
  config["pulse-infra:vercel"].projects = [
    project,
    ...more.map((name) => ({ name, repository: name, subdomain: name })),
  ];
  writeFileSync(file, dump(content));
}

/** The result, with each goal and whether it was met. */
export function previewLines({ machine, load: [before, after], times, growth }: PreviewFigures): string[] {
  const of = (name: Variant): number => median(times[name]);
  /** Without what starting the providers costs: measured by a program that does only that. */
  const net = (name: Variant, providers: Variant): number => of(name) - (of(providers) - of("none"));
  const line = (stack: Variant, providers: Variant, one: Variant, oneProvider: Variant): string => {
    const [own, floor] = [net(stack, providers), net(one, oneProvider)];
    const ratio = own / floor;
    return (
      `${stack.padEnd(12)} ${seconds(of(stack))} whole, ${seconds(own)} net of provider start; one resource ` +
      `${seconds(of(one))} and ${seconds(floor)}; net ratio ${ratio.toFixed(2)} ${verdict(`<= ${GOAL}`, ratio <= GOAL)}`
    );
  };
  const slopes = growth.slice(1).map((size, n) => {
    const last = growth[n] ?? size;
    const services = size.services - last.services;
    const ms = median(size.times) - median(last.times);
    return {
      ms: ms / services,
      resources: (size.resources - last.resources) / services,
      from: last.services,
      to: size.services,
    };
  });
  const [first, second] = slopes;
  const bend = first && second ? second.ms / second.resources / (first.ms / first.resources) : NaN;
  return [
    `machine      ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}`,
    `load         ${before.toFixed(1)} before, ${after.toFixed(1)} after (one of it is this bench)`,
    line("platform", "platform providers", "slack", "slack provider"),
    line("environment", "kubernetes provider", "kubernetes", "kubernetes provider"),
    ...slopes.map(
      ({ ms, resources, from, to }) =>
        `growth       ${Math.round(ms)} ms and ${Math.round(resources)} resources for each service from ${from} to ${to}`,
    ),
    `linear       the second step costs ${bend.toFixed(2)} times the first, by resource ${verdict(`<= ${LINEAR}`, bend <= LINEAR)}`,
    "An environment has a stack of its own: another one adds nothing to this one's preview.",
  ];
}
