import { dump, load } from "js-yaml";
import { readFileSync, writeFileSync } from "node:fs";
import { startLoad } from "../load/index.ts";
import { pulumiEnvironment, sandboxConfigFile } from "../pulumi.ts";
import { seconds } from "../start/lines.ts";
import { prepareSandbox, type ReadySandbox } from "../start/prepare.ts";
import { say } from "../start/terminal.ts";
import { median } from "./figures.ts";
import { releaseCommands } from "./release-command.ts";
import {
  badRelease,
  emergency,
  finishOthers,
  instantRelease,
  killedRelease,
  ramp,
  rollback,
  type BadRelease,
  type Rehearsal,
} from "./release-rehearsals.ts";
import { runBench, type ResultLine } from "./run.ts";

const REPETITIONS = 6;
/** Less than in npm start: a release runs Pulumi several times beside the load. */
const RATE = 300;
const goodVersions = ["1.0.0", "1.1.0", "1.2.0"];
/**
 * From the first bad answer to the rollback of a 10 % canary, in milliseconds, by Argo Rollouts on such a cluster:
 * median of 6, scraped every second, with a window of 5 s.
 */
const BAR: Readonly<Record<2 | 10, number>> = { 2: 2_100, 10: 10_000 };
const ROLLBACK_GOAL_MS = 1_000;

/** What is written as JSON; times are in milliseconds. */
export interface ReleaseFigures {
  requestsPerSecond: number;
  /** By seconds between two looks at the gates. */
  bad: Record<2 | 10, BadRelease[]>;
  /** From the start of `release rollback` to the last answer of the version that it takes back. */
  rollbackMs: number[];
  /** The same with --emergency, while Pulumi's backend is away. */
  emergencyMs: number[];
  /** From the start of `release start` by strategy instant to its end. */
  instantMs: number[];
  /** One step of a ramp, by the driver, and the same change by hand: config set and pulumi up. */
  stepMs: number[];
  byHandMs: number[];
  /** From SIGKILL of a driver with a bad canary to the last answer of the bad version, `release resume` run at once. */
  resumedMs: number[];
  /** Bad answers of the good releases. */
  failures: number;
}

/**
 * `npm run bench -- release`: how fast the driver sees and ends what is bad, and what it costs when all is well, under
 * load, with real errors and the real Prometheus. Uses the sandbox, which it brings up if need be and leaves running.
 */
export function benchRelease(dir: string): Promise<number> {
  return runBench(dir, {
    name: "release",
    interrupted:
      "a release may be half-way: npm run sandbox -- release status. End the sandbox: npm run sandbox -- down",
    measure: async (signal) => {
      const sandbox = await prepareSandbox({ dir, signal });
      const file = sandboxConfigFile(dir);
      const before = releaseSection(file);
      try {
        return await measure(sandbox, file, signal);
      } finally {
        setReleaseSection(file, before);
      }
    },
    lines: releaseLines,
  });
}

type Section = Record<string, unknown>;

interface StackFile {
  config: Record<string, Section> & {
    "pulse-infra:activeColor": "blue" | "green";
    "pulse-infra:images": Record<"blue" | "green", string>;
  };
}

/** In turns those that nobody runs with traffic: every release then has pods to start. */
function* newVersions(file: string): Generator<string, never> {
  const { config } = load(readFileSync(file, "utf8")) as StackFile;
  const running = config["pulse-infra:images"][config["pulse-infra:activeColor"]];
  const others = goodVersions.filter((version) => !running.endsWith(`:${version}`));
  for (let n = 0; ; n++) yield others[n % others.length] ?? "";
}

const releaseSection = (file: string): Section =>
  (load(readFileSync(file, "utf8")) as StackFile).config["pulse-infra:release"] ?? {};

function setReleaseSection(file: string, section: Section): void {
  const content = load(readFileSync(file, "utf8")) as StackFile;
  content.config["pulse-infra:release"] = section;
  writeFileSync(file, dump(content));
}

async function measure(sandbox: ReadySandbox, file: string, signal: AbortSignal): Promise<ReleaseFigures> {
  const { dir, kubeconfig, pulumi, session, target } = sandbox;
  const run = releaseCommands({
    env: pulumiEnvironment({ dir, kubeconfig, tools: { pulumi } }),
    configFile: file,
    signal,
  });
  const section = releaseSection(file);
  const soak = (percent: number, minSoakSeconds: number) => ({
    percent,
    minSoakSeconds,
    maxSoakSeconds: 300,
  });
  const use = (steps: readonly object[], everySeconds: number): void =>
    setReleaseSection(file, {
      ...section,
      strategy: "own",
      steps,
      lookIntervalSeconds: everySeconds,
      // Both would end a bad release before users see much of it; what is measured is the gate on users' errors.
      smoke: [],
      gates: { ...(section.gates as Section), errorsPer100Logs: 100 },
      watch: { blockingSeconds: 0, afterSeconds: 600 },
      keepWarmSeconds: 600,
    });
  const versions = newVersions(file);
  const rehearsal: Rehearsal = {
    run,
    loading: () => startLoad({ ...target, requestsPerSecond: RATE }),
    newVersion: () => versions.next().value,
    signal,
  };
  const figures: ReleaseFigures = {
    requestsPerSecond: RATE,
    bad: { 2: [], 10: [] },
    rollbackMs: [],
    emergencyMs: [],
    instantMs: [],
    stepMs: [],
    byHandMs: [],
    resumedMs: [],
    failures: 0,
  };

  await finishOthers(run);
  for (const every of [2, 10] as const) {
    use([soak(10, 120), soak(100, 0)], every);
    await repeat(`bad release, a look every ${every} s`, figures.bad[every], () => badRelease(rehearsal), {
      shown: ({ rolledBackMs, badAnswers, answers }) =>
        `back after ${seconds(rolledBackMs)}, ${badAnswers} of ${answers} answers bad`,
    });
  }
  use([soak(10, 120), soak(100, 0)], 1);
  await repeat("driver killed, resumed", figures.resumedMs, () => killedRelease(rehearsal));

  const watched = rehearsal.loading();
  try {
    use([soak(100, 0)], 1);
    for (let n = 1; n <= REPETITIONS; n++) {
      figures.instantMs.push(await instantRelease(rehearsal));
      figures.rollbackMs.push(await rollback(rehearsal, watched));
      await instantRelease(rehearsal);
      figures.emergencyMs.push(await emergency(rehearsal, watched));
      const [whole, back, away] = [figures.instantMs, figures.rollbackMs, figures.emergencyMs].map((all) =>
        seconds(all.at(-1) ?? 0),
      );
      say(`round ${n} of ${REPETITIONS}: instant release ${whole}, rollback ${back}, emergency ${away}`);
    }
    const percents = [10, 20, 30, 40, 50, 60];
    for (const percent of percents) {
      const began = performance.now();
      await session.setConfig("canaryWeight", String(percent), signal);
      await session.up({ signal, policies: false });
      figures.byHandMs.push(performance.now() - began);
    }
    await session.setConfig("canaryWeight", "0", signal);
    await session.up({ signal, policies: false });
    use([...percents.map((percent) => soak(percent, 0)), soak(100, 0)], 1);
    figures.stepMs.push(...(await ramp(rehearsal)));
    await run(["rollback"]).ended(0, 3);
  } finally {
    figures.failures = (await watched.stop()).failures;
  }
  return figures;
}

async function repeat<T>(
  what: string,
  into: T[],
  once: () => Promise<T>,
  { shown = (value: T) => seconds(value as number) }: { shown?: (value: T) => string } = {},
): Promise<void> {
  for (let n = 1; n <= REPETITIONS; n++) {
    const value = await once();
    into.push(value);
    say(`${what}, ${n} of ${REPETITIONS}: ${shown(value)}`);
  }
}

/** The result, with each goal and whether it was met. */
export function releaseLines(figures: ReleaseFigures): ResultLine[] {
  const { bad, rollbackMs, emergencyMs, instantMs, stepMs, byHandMs, resumedMs, failures } = figures;
  const quick = (name: string, what: string, times: readonly number[]): ResultLine => ({
    text: `${name.padEnd(12)} median ${Math.round(median(times))} ms, slowest ${Math.round(Math.max(...times))} ms ${what}`,
    goal: `< ${ROLLBACK_GOAL_MS} ms`,
    met: Math.max(...times) < ROLLBACK_GOAL_MS,
  });
  const badLine = (every: 2 | 10): ResultLine => {
    const middle = median(bad[every].map(({ rolledBackMs }) => rolledBackMs));
    const share = median(bad[every].map(({ badAnswers, answers }) => badAnswers / answers));
    const slowest = Math.max(...bad[every].map(({ rolledBackMs }) => rolledBackMs));
    return {
      text:
        `bad release  looked at every ${every} s: median ${seconds(middle)}, slowest ${seconds(slowest)} from the first bad ` +
        `answer to the rollback, ${(share * 100).toFixed(1)} % of the answers bad`,
      goal: `<= ${seconds(BAR[every])}`,
      met: middle <= BAR[every],
    };
  };
  return [
    badLine(2),
    badLine(10),
    quick("rollback", "from the command to the last answer", rollbackMs),
    quick("emergency", "the same without a backend", emergencyMs),
    `instant      median ${seconds(median(instantMs))} for a good release, with its checks, image and smoke tests`,
    `step         median ${seconds(median(stepMs))} by the driver, ${seconds(median(byHandMs))} by hand: ` +
      `${Math.round(median(stepMs) - median(byHandMs))} ms of its own`,
    `killed       median ${seconds(median(resumedMs))}, slowest ${seconds(Math.max(...resumedMs))} from SIGKILL of the driver until release resume has traffic safe`,
    { text: `failures     ${failures} bad answers in the good releases`, goal: "0", met: failures === 0 },
  ];
}
