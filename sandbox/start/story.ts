import { setTimeout as delay } from "node:timers/promises";
import { other } from "../../infra/domain/traffic.ts";
import type { GatewayPorts } from "../cluster/start-forwarder.ts";
import { UserError } from "../errors.ts";
import { startLoad, totalsBetween, type LoadHandle, type Totals } from "../load/index.ts";
import { readEnvironments } from "../status/slots.ts";
import { failureSentence } from "./failures.ts";
import { Interrupted, interruptible } from "./interrupt.ts";
import { seconds, table } from "./lines.ts";
import { showTraffic } from "./live.ts";
import { alone } from "./lock.ts";
import { prepareSandbox, type ReadySandbox } from "./prepare.ts";
import { logFile } from "./session.ts";
import { switchTraffic, type SwitchResult } from "./switch.ts";
import { say } from "./terminal.ts";

export interface StoryOptions {
  dir: string;
  /** Ports on 127.0.0.1 for the gateway; default 8443 for TLS, 8088 for plain HTTP. */
  gatewayPorts?: Partial<GatewayPorts>;
  /** Requests a second; default 500. */
  rate?: number;
}

/** How long the load runs before, between and after the switches, in milliseconds. */
const CALM_MS = 3_000;

interface MeasuredSwitch extends SwitchResult {
  podsReady: string;
}

/**
 * `npm start`: everything up, then traffic switched to the other colour and back under load, drawn as it happens.
 * The sandbox stays up. Gives the exit code: 130 when interrupted.
 * @throws UserError when a step fails, a switch does not move all traffic, or a request failed.
 */
export async function tellStory(options: StoryOptions): Promise<number> {
  const { signal, dispose } = interruptible();
  let stage = "bringing the sandbox up";
  try {
    await alone(options.dir, "npm start", async () => {
      const { dir, gatewayPorts = {} } = options;
      const sandbox = await prepareSandbox({ dir, signal, gatewayPorts });
      await switchThereAndBack(sandbox, options.rate ?? 500, signal, (now) => (stage = now));
    });
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!(error instanceof Interrupted) && !(error instanceof Error && error.name === "AbortError")) {
      say(`While stopping: ${error instanceof Error ? error.message : String(error)}`);
    }
    say(
      "",
      `Interrupted while ${stage}. What was started stays as it is; no load runs any more.`,
      "Go on: npm start. End the sandbox: npm run sandbox -- down",
    );
    return 130;
  } finally {
    dispose();
  }
}

async function switchThereAndBack(
  sandbox: ReadySandbox,
  rate: number,
  signal: AbortSignal,
  setStage: (stage: string) => void,
): Promise<void> {
  const { session, activeColor, target } = sandbox;
  const load = startLoad({ ...target, requestsPerSecond: rate });
  const begin = Date.now();
  const view = await showTraffic(load, begin);
  const switches: MeasuredSwitch[] = [];
  let totals: Totals;
  try {
    setStage("sending load");
    view.status(`${rate} requests/s to ${activeColor}`);
    await delay(CALM_MS, undefined, { signal });
    for (const to of [other(activeColor), activeColor]) {
      setStage(`switching to ${to}, which activeColor in the config names already`);
      view.mark(`pulumi up: to ${to}`);
      view.status(`pulumi config set activeColor ${to} && pulumi up`);
      const result = await switchTraffic({ session, load, to, signal });
      view.status(`all traffic on ${to} ${seconds(result.switchMs)} after pulumi up began`);
      switches.push({ ...result, podsReady: await podsReady(sandbox, signal) });
      await delay(CALM_MS, undefined, { signal });
    }
  } finally {
    view.stop();
    totals = await load.stop();
  }
  say("", ...summary(switches, load, totals), "", ...nextSteps(activeColor));
  if (totals.failures > 0)
    throw new UserError(`${failureSentence(load.failures(), totals)}\nDetails: ${logFile(sandbox.dir)}`);
}

async function podsReady(
  { kubectl, kubeconfig, hostname }: ReadySandbox,
  signal: AbortSignal,
): Promise<string> {
  const environments = await readEnvironments(kubectl, kubeconfig, signal);
  const slots = environments.find((environment) => environment.hostname === hostname)?.slots ?? [];
  return slots.map(({ color, ready, wanted }) => `${color} ${ready}/${wanted}`).join(", ");
}

/** The table at the end: each switch with its own share of the load, and all of it. */
function summary(switches: readonly MeasuredSwitch[], load: LoadHandle, totals: Totals): string[] {
  const samples = load.samples();
  const rows = switches.map(({ from, to, startedAt, switchMs, upMs, podsReady: pods }, n) => {
    const until = switches[n + 1]?.startedAt ?? Infinity;
    const { requests, failures } = totalsBetween(samples, startedAt, until);
    return [`${from} to ${to}`, seconds(switchMs), seconds(upMs), String(requests), String(failures), pods];
  });
  const { p50, p99 } = totals.latencyMs;
  return [
    ...table([
      ["switch", "switch time", "pulumi up", "requests", "failures", "pods ready"],
      ...rows,
      ["whole run", "", "", String(totals.requests), String(totals.failures), ""],
    ]),
    "Switch time: from the start of pulumi up to the last answer of the old colour.",
    `Latency: median ${p50.toFixed(1)} ms, 99% within ${p99.toFixed(1)} ms.`,
  ];
}

const nextSteps = (activeColor: "blue" | "green"): string[] => [
  `Play:  npm run pulumi -- config set activeColor ${other(activeColor)} && npm run pulumi -- up`,
  "Look:  npm run sandbox -- status",
  "Stop:  npm run sandbox -- down",
];
