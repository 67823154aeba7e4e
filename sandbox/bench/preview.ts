import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { projectRoot } from "../paths.ts";
import { sandboxConfigFile, sandboxPlatformStack, sandboxStack } from "../pulumi.ts";
import { packages } from "../providers/vendors/facts.ts";
import { buildSdks } from "../sdks.ts";
import { seconds } from "../start/lines.ts";
import { openSession, type PulumiSession } from "../start/session.ts";
import { say } from "../start/terminal.ts";
import { ensureTools } from "../toolchain/index.ts";
import { median } from "./figures.ts";
import { runBench, withRootlessCluster, type ResultLine } from "./run.ts";

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
  times: Record<Variant, number[]>;
  growth: { services: number; resources: number; times: number[] }[];
}

/**
 * `npm run bench -- preview`: what a preview without changes costs in each kind of stack, beside a program with one
 * resource on the same stand-ins. Brings up a cluster of its own that needs no root, and ends it.
 */
export function benchPreview(sandboxDir: string): Promise<number> {
  const dir = join(sandboxDir, "bench", "preview");
  return runBench(sandboxDir, {
    name: "preview",
    interrupted: "nothing is left running.",
    measure: (signal) => withRootlessCluster(dir, signal, (kubeconfig) => measure(dir, kubeconfig, signal)),
    lines: previewLines,
  });
}

async function measure(dir: string, kubeconfig: string, signal: AbortSignal): Promise<PreviewFigures> {
  const { pulumi } = await ensureTools(["pulumi"], say, signal);
  await buildSdks(say, signal);
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
  return { times, growth };
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
export function previewLines({ times, growth }: PreviewFigures): ResultLine[] {
  const of = (name: Variant): number => median(times[name]);
  /** Without what starting the providers costs: measured by a program that does only that. */
  const net = (name: Variant, providers: Variant): number => of(name) - (of(providers) - of("none"));
  const line = (stack: Variant, providers: Variant, one: Variant, oneProvider: Variant): ResultLine => {
    const [own, floor] = [net(stack, providers), net(one, oneProvider)];
    const ratio = own / floor;
    return {
      text:
        `${stack.padEnd(12)} ${seconds(of(stack))} whole, ${seconds(own)} net of provider start; one resource ` +
        `${seconds(of(one))} and ${seconds(floor)}; net ratio ${ratio.toFixed(2)}`,
      goal: `<= ${GOAL}`,
      met: ratio <= GOAL,
    };
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
    line("platform", "platform providers", "slack", "slack provider"),
    line("environment", "kubernetes provider", "kubernetes", "kubernetes provider"),
    ...slopes.map(
      ({ ms, resources, from, to }) =>
        `growth       ${Math.round(ms)} ms and ${Math.round(resources)} resources for each service from ${from} to ${to}`,
    ),
    {
      text: `linear       the second step costs ${bend.toFixed(2)} times the first, by resource`,
      goal: `<= ${LINEAR}`,
      met: bend <= LINEAR,
    },
    "An environment has a stack of its own: another one adds nothing to this one's preview.",
  ];
}
