import type { WatchedConfig } from "../../infra/config/schema.ts";
import { Vitals } from "../adapters/vitals.ts";
import { secondsToNextLook, type Doors } from "../doors.ts";
import { Driver } from "../driver.ts";
import type { Verdict } from "../domain/signals.ts";
import { openWatched, type CommonOptions } from "../environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { interruptible, openDriver, tell } from "../session.ts";

/**
 * The watcher in the cluster: asks the gates for as long as a release soaks or is watched, and brings the traffic back.
 * It needs the API server and Prometheus, no stack and no lease: who drives a release reads in the journal what it did,
 * and brings the stack in line.
 */
export async function watch(options: CommonOptions & { once?: boolean; port?: string }): Promise<ExitCode> {
  const port = options.port === undefined ? undefined : portOf(options.port);
  const environment = await openWatched(options);
  const { signal, dispose } = interruptible();
  const { doors, told } = await openDriver(environment, { withStack: false });
  const vitals = new Vitals(limitsOf(environment.config, doors.everySeconds));
  // Whatever it waits for, an API server that is away included: as long as it waits by itself, it does not hang.
  const clock: Clock = {
    now: () => doors.clock.now(),
    sleep: (ms, abort) => {
      vitals.beat();
      return doors.clock.sleep(ms, abort);
    },
  };
  const server = port === undefined ? undefined : await vitals.listen(port);
  tell(`watching ${environment.location.name}, every ${doors.everySeconds} s`);
  let lastProblem = "";
  const ended = () => signal.aborted;
  try {
    let answer: Verdict["answer"] | undefined;
    const look: Doors["look"] = async (record) => {
      const seen = await doors.look(record);
      answer = seen.verdict.answer;
      return seen;
    };
    const driver = new Driver({ ...doors, clock, look });
    while (!ended()) {
      answer = undefined;
      try {
        // Without a release there is nothing to look at, and one can be started at any time.
        if (await environment.spare.current()) await driver.drive({ once: true, until: () => false }, signal);
        vitals.round("done");
        lastProblem = "";
      } catch (error) {
        vitals.round("failed");
        const problem = error instanceof Error ? error.message : String(error);
        if (problem !== lastProblem && !ended()) tell(problem);
        lastProblem = problem;
      }
      if (options.once) break;
      await clock.sleep(secondsToNextLook(doors, answer) * 1000, signal).catch(() => undefined);
    }
  } finally {
    dispose();
    server?.close();
    await told();
  }
  return exitCodes.done;
}

/** Of one round: a request to the API server may take 10 s, and there are a few; smoke tests have their own limits. */
const roundMs = 60_000;

/** How long a watcher may be silent before it hangs, and useless before it is not ready. */
function limitsOf(
  { release, rollout }: WatchedConfig,
  everySeconds: number,
): ConstructorParameters<typeof Vitals>[0] {
  const smokeMs = release.smoke.reduce((total, { maxMs }) => total + maxMs + 1_000, 0);
  const longestMs = roundMs + smokeMs + rollout.preStopSleepSeconds * 1000;
  const everyMs = 1_000 * everySeconds;
  return { hangsAfterMs: longestMs + everyMs, staleAfterMs: longestMs + 2 * everyMs };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new ReleaseError(`--port is ${text}; allowed: a whole number from 1 to 65535`, exitCodes.usage);
}
