import { setTimeout as delay } from "node:timers/promises";
import { waitUntilMoved, type LoadHandle } from "../load/index.ts";
import type { ReleaseCommand, releaseCommands } from "./release-command.ts";

/** Answers 30 % of its requests with 500, from its first one on. */
const bad = "1.2.0-errors";

/** One bad release. Times in milliseconds. */
export interface BadRelease {
  /** From the first bad answer to the last answer of the bad version. */
  rolledBackMs: number;
  badAnswers: number;
  /** All answers from the first bad one to the last. */
  answers: number;
}

/** What every rehearsal needs. */
export interface Rehearsal {
  run: ReturnType<typeof releaseCommands>;
  loading: () => LoadHandle;
  newVersion: () => string;
  signal: AbortSignal;
}

/** Ends what an interrupted bench, or a person, left half-way: another release cannot start before that. */
export async function finishOthers(run: Rehearsal["run"]): Promise<void> {
  const status = run(["status", "--json"]);
  await status.ended(0);
  const { problems = [] } = JSON.parse(status.lines.map(({ text }) => text).join("")) as {
    problems?: string[];
  };
  if (problems.length > 0) await run(["rollback"]).ended(0, 3);
}

/** Which colour a release comes to, from the driver's own words. */
function candidateOf(command: ReleaseCommand): "blue" | "green" {
  const text = command.lines.find((line) => line.text.includes(" comes to "))?.text ?? "";
  return text.includes(" comes to blue") ? "blue" : "green";
}

/** When the last answer of a colour came, once there are none any more. */
const lastAnswer = (loading: LoadHandle, from: "blue" | "green", signal: AbortSignal): Promise<number> =>
  waitUntilMoved(loading, { from, to: from === "blue" ? "green" : "blue", signal, timeoutMs: 60_000 });

export async function badRelease({ run, loading, signal }: Rehearsal): Promise<BadRelease> {
  const requests = loading();
  try {
    const command = run(["start", bad]);
    await command.said("rolling back:");
    const candidate = candidateOf(command);
    const last = await lastAnswer(requests, candidate, signal);
    await command.ended(3);
    return badAnswers(requests, last);
  } finally {
    await requests.stop();
  }
}

function badAnswers(requests: LoadHandle, lastGood: number): BadRelease {
  const failures = requests.failures();
  const first = failures[0]?.at ?? NaN;
  const last = Math.max(lastGood, failures.at(-1)?.at ?? 0);
  const answers = requests
    .samples(first)
    .filter(({ at }) => at <= last)
    .reduce(
      (sum, { byColor, failures: bad }) => sum + bad + Object.values(byColor).reduce((a, b) => a + b, 0),
      0,
    );
  return { rolledBackMs: last - first, badAnswers: failures.length, answers };
}

export async function killedRelease({ run, loading, signal }: Rehearsal): Promise<number> {
  const requests = loading();
  try {
    const command = run(["start", bad]);
    // Killed as soon as the bad version has its share, before the driver could see anything of it.
    await command.said("weight 10: done");
    const candidate = candidateOf(command);
    const killed = command.kill();
    const resumed = run(["resume"]);
    await resumed.said("rolling back:");
    const last = await lastAnswer(requests, candidate, signal);
    await resumed.ended(3);
    return badAnswers(requests, last).rolledBackMs + (requests.failures()[0]?.at ?? NaN) - killed;
  } finally {
    await requests.stop();
  }
}

export async function instantRelease({ run, newVersion }: Rehearsal): Promise<number> {
  const command = run(["start", newVersion()]);
  return (await command.ended(0)) - command.began;
}

export async function rollback({ run, signal }: Rehearsal, requests: LoadHandle): Promise<number> {
  const command = run(["rollback"]);
  const at = await command.said("all traffic is on ");
  const last = await lastAnswer(requests, servedBefore(command), signal);
  await command.ended(0);
  return Math.max(last, at) - command.began;
}

export async function emergency({ run, signal }: Rehearsal, requests: LoadHandle): Promise<number> {
  const command = run(["rollback", "--emergency"], {
    PULUMI_BACKEND_URL: "file:///nowhere/at/all",
    PATH: "/nowhere",
  });
  const at = await command.said("all traffic is on ");
  const last = await lastAnswer(requests, servedBefore(command), signal);
  await command.ended(0);
  await delay(500);
  // The backend is there again.
  await run(["resume"]).ended(0, 3);
  return Math.max(last, at) - command.began;
}

/** The colour that a rollback took the traffic from. */
function servedBefore(command: ReleaseCommand): "blue" | "green" {
  const text = command.lines.find((line) => line.text.includes("all traffic is on "))?.text ?? "";
  return text.includes("all traffic is on blue") ? "green" : "blue";
}

/** A ramp without soaks; milliseconds of each step below 100 %, as the journal has them. */
export async function ramp({ run, newVersion }: Rehearsal): Promise<number[]> {
  await run(["start", newVersion()]).ended(0);
  const command = run(["history", "--json"]);
  await command.ended(0);
  const { current, entries } = JSON.parse(command.lines.map(({ text }) => text).join("")) as {
    current: { id: string };
    entries: { at: number; release?: string; kind: string; action: string }[];
  };
  const own = entries.filter(({ release, kind }) => release === current.id && kind === "done");
  return own.flatMap(({ action, at }, n) => {
    const before = own[n - 1];
    // From the moment that the gates were content with the step before.
    return action.startsWith("weight ") && before?.action.startsWith("step ") ? [at - before.at] : [];
  });
}
