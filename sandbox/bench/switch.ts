import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { other, type Color } from "../../infra/domain/traffic.ts";
import { startLoad, type LoadHandle } from "../load/index.ts";
import { projectRoot } from "../paths.ts";
import { seconds } from "../start/lines.ts";
import { prepareSandbox, type ReadySandbox } from "../start/prepare.ts";
import { openSession, type PulumiSession } from "../start/session.ts";
import { switchTraffic } from "../start/switch.ts";
import { say } from "../start/terminal.ts";
import { failureSentence } from "../start/failures.ts";
import { median } from "./figures.ts";
import { runBench, type ResultLine } from "./run.ts";

const PAIRS = 10;
const SWITCHES = 20;
const REQUESTS = 100_000;
/** As in npm start: the load shares the machine with Pulumi, whose speed is measured. */
const RATE = 500;

/** The goals, and by how much they are met is what this bench is for. */
const GOALS = { ratio: 1.3, switchMs: 3_000, failures: 0 };

/** What is written as JSON; times are in milliseconds. */
export interface SwitchFigures {
  /** `pulumi up` of one changed ConfigMap, and of a switch, in pairs. */
  floorMs: number[];
  upMs: number[];
  ratio: number;
  /** From the start of `pulumi up` to the last answer of the old colour, under load. */
  switchMs: number[];
  requests: number;
  failures: number;
  requestsPerSecond: number;
}

/**
 * `npm run bench -- switch`: (a) what a switch costs over the update of any one resource, (b) how long traffic takes
 * to move, (c) what it loses. Uses the sandbox, which it brings up if need be and leaves running.
 */
export function benchSwitch(dir: string): Promise<number> {
  return runBench(dir, {
    name: "switch",
    interrupted: "the sandbox keeps running. End it: npm run sandbox -- down",
    measure: async (signal) => measure(await prepareSandbox({ dir, signal }), signal),
    lines: switchLines,
  });
}

async function measure(sandbox: ReadySandbox, signal: AbortSignal): Promise<SwitchFigures> {
  const { dir, kubeconfig, pulumi, session, target } = sandbox;
  const floor = await openSession({
    dir: join(dir, "bench", "floor"),
    project: join(projectRoot, "sandbox/bench/floor"),
    kubeconfig,
    pulumi,
    report: () => undefined,
    signal,
  });
  const { floorMs, upMs, active } = await measurePairs(floor, session, sandbox.activeColor, signal);
  const load = startLoad({ ...target, requestsPerSecond: RATE });
  const switchMs = await measureSwitches(session, load, active, signal).finally(() => load.stop());
  const totals = load.totals();
  if (totals.failures > 0) say(failureSentence(load.failures(), totals));
  return {
    floorMs,
    upMs,
    ratio: median(upMs) / median(floorMs),
    switchMs,
    requests: totals.requests,
    failures: totals.failures,
    requestsPerSecond: RATE,
  };
}

/** (a): in turns, so that what else the machine does falls on both. The first pair warms up and does not count. */
async function measurePairs(floor: PulumiSession, session: PulumiSession, from: Color, signal: AbortSignal) {
  const floorMs: number[] = [];
  const upMs: number[] = [];
  let active = from;
  for (let pair = 0; pair <= PAIRS; pair++) {
    await floor.setConfig("value", String(Date.now()), signal);
    const floorTime = await floor.up({ signal, policies: false });
    active = other(active);
    await session.setConfig("activeColor", active, signal);
    const upTime = await session.up({ signal, policies: false });
    if (pair === 0) continue;
    floorMs.push(floorTime);
    upMs.push(upTime);
    say(`pair ${pair} of ${PAIRS}: one resource ${seconds(floorTime)}, switch ${seconds(upTime)}`);
  }
  return { floorMs, upMs, active };
}

/** (b) and (c): each switch waits for its share of the requests, so that all of them happen among switches. */
async function measureSwitches(session: PulumiSession, load: LoadHandle, from: Color, signal: AbortSignal) {
  const switchMs: number[] = [];
  let active = from;
  await delay(1_000, undefined, { signal });
  for (let n = 1; n <= SWITCHES; n++) {
    active = other(active);
    const result = await switchTraffic({ session, load, to: active, signal, policies: false });
    switchMs.push(result.switchMs);
    while (load.totals().requests < (REQUESTS / SWITCHES) * n) await delay(100, undefined, { signal });
    const { requests, failures } = load.totals();
    say(`switch ${n} of ${SWITCHES}: ${seconds(result.switchMs)}; ${requests} requests, ${failures} failed`);
  }
  return switchMs;
}

/** The result, with each goal and whether it was met. */
export function switchLines(figures: SwitchFigures): ResultLine[] {
  const { floorMs, upMs, ratio, switchMs, requests, failures, requestsPerSecond } = figures;
  const moved = median(switchMs);
  return [
    {
      text:
        `pulumi up    median ${seconds(median(upMs))} for a switch, ${seconds(median(floorMs))} for one resource, ` +
        `ratio ${ratio.toFixed(2)}`,
      goal: `<= ${GOALS.ratio}`,
      met: ratio <= GOALS.ratio,
    },
    {
      text: `switch       median ${seconds(moved)}, slowest ${seconds(Math.max(...switchMs))} until all traffic moved`,
      goal: `< ${seconds(GOALS.switchMs)}`,
      met: moved < GOALS.switchMs,
    },
    {
      text: `failures     ${failures} of ${requests} requests in ${switchMs.length} switches at ${requestsPerSecond}/s`,
      goal: `0 of at least ${REQUESTS}`,
      met: failures === GOALS.failures && requests >= REQUESTS,
    },
  ];
}
