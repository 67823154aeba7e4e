import { seconds } from "../start/lines.ts";
import { prepareSandbox, waitForAnswers, type ReadySandbox } from "../start/prepare.ts";
import { say } from "../start/terminal.ts";
import { median } from "./figures.ts";
import { runBench, type ResultLine } from "./run.ts";

const ROUNDS = 3;

/** From an empty cluster to an answer of the application. */
const GOAL_MS = 90_000;

/** What is written as JSON; times are in milliseconds. */
interface EnvironmentFigures {
  resources: number;
  /** `pulumi up` of the whole stack, the namespace included. */
  upMs: number[];
  /** The same, to the tenth good answer in a row through the gateway. */
  answerMs: number[];
  /** `pulumi up` with nothing to change. */
  againMs: number[];
  destroyMs: number[];
}

/**
 * `npm run bench -- environment`: how long the whole environment stack takes from nothing, with pods, gateway and rules.
 * Uses the sandbox, which it brings up if need be and leaves running.
 */
export function benchEnvironment(dir: string): Promise<number> {
  return runBench(dir, {
    name: "environment",
    interrupted: "the next npm start brings back what is missing. End it: npm run sandbox -- down",
    measure: async (signal) => measure(await prepareSandbox({ dir, signal }), signal),
    lines: environmentLines,
  });
}

async function measure({ session, target }: ReadySandbox, signal: AbortSignal): Promise<EnvironmentFigures> {
  const times = {
    upMs: [] as number[],
    answerMs: [] as number[],
    againMs: [] as number[],
    destroyMs: [] as number[],
  };
  let resources = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const began = performance.now();
    await session.destroy(signal);
    times.destroyMs.push(performance.now() - began);
    const start = performance.now();
    times.upMs.push(await session.up({ signal, policies: false }));
    await waitForAnswers(target, () => undefined, signal);
    times.answerMs.push(performance.now() - start);
    times.againMs.push(await session.up({ signal, policies: false }));
    resources = await session.resources(signal);
    const [up, answer] = [times.upMs.at(-1) ?? 0, times.answerMs.at(-1) ?? 0];
    say(`round ${round} of ${ROUNDS}: up ${seconds(up)}, answering after ${seconds(answer)}`);
  }
  return { resources, ...times };
}

function environmentLines(figures: EnvironmentFigures): ResultLine[] {
  const { resources, upMs, answerMs, againMs, destroyMs } = figures;
  const slowest = Math.max(...answerMs);
  return [
    `pulumi up    median ${seconds(median(upMs))} for ${resources} resources from nothing`,
    {
      text: `answering    median ${seconds(median(answerMs))}, slowest ${seconds(slowest)}`,
      goal: `< ${seconds(GOAL_MS)}`,
      met: slowest < GOAL_MS,
    },
    `again        median ${seconds(median(againMs))} for pulumi up with nothing to change`,
    `destroy      median ${seconds(median(destroyMs))}`,
  ];
}
