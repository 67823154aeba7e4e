import { ApiUnreachable } from "../infra/cluster/client.ts";
import { configWeights } from "../infra/domain/journal.ts";
import { colors, type TrafficConfig, type Weights } from "../infra/domain/traffic.ts";
import { StackUnavailable, UpdateFailed } from "./adapters/stack.ts";
import type { Doors } from "./doors.ts";
import { shown } from "./domain/machine.ts";
import type { ReleaseRecord } from "./domain/record.ts";
import { exitCodes, ReleaseError } from "./errors.ts";
import type { Stack } from "./ports.ts";

/** Overtaken: another process brings the traffic back, and its record decides what comes next. */
export type UpdateOutcome = "confirmed" | "overtaken" | { refused: string };

/** Milliseconds between two looks whether another process rolls back. */
const overtakenPollMs = 500;

/**
 * Brings stack and route to `config`.
 * @throws ApiUnreachable when nobody was asked, so that the same update can be tried again; ReleaseError when a person
 * has to go on.
 */
export async function updateStack(
  doors: Doors,
  stack: Stack,
  record: ReleaseRecord,
  config: TrafficConfig,
  signal?: AbortSignal,
): Promise<UpdateOutcome> {
  stack.actFor(record.id);
  const overtaken = new AbortController();
  const stop = signal ? AbortSignal.any([signal, overtaken.signal]) : overtaken.signal;
  const watching = watchForRollback(doors, record, overtaken);
  try {
    await stack.set(config);
    await stack.up((line) => doors.tell(`  ${line}`), stop);
    await confirmRoute(doors, stack, config, stop);
    return "confirmed";
  } catch (error) {
    signal?.throwIfAborted();
    if (overtaken.signal.aborted) return "overtaken";
    return { refused: refusal(record, error) };
  } finally {
    watching.end();
  }
}

/** Aborts an update as soon as the journal says that somebody brings the traffic back. */
function watchForRollback(
  { clock, peek }: Doors,
  record: ReleaseRecord,
  overtaken: AbortController,
): { end: () => void } {
  const over = new AbortController();
  const poll = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(overtakenPollMs);
      const now = await peek().catch(() => record);
      if (over.signal.aborted || !now) return;
      const back = now.phase === "rollingBack" && record.phase !== "rollingBack";
      if (now.id !== record.id || back) {
        overtaken.abort();
        return;
      }
    }
  };
  void poll();
  return {
    end: () => {
      over.abort();
    },
  };
}

/** An update that was cut off can leave a route that the state knows nothing of: then the next one changes nothing. */
async function confirmRoute(
  doors: Doors,
  stack: Stack,
  config: TrafficConfig,
  signal: AbortSignal,
): Promise<void> {
  const wanted = configWeights(config);
  const fits = (live: Weights | undefined) =>
    live !== undefined && colors.every((color) => live[color] === wanted[color]);
  if (fits(await doors.traffic.weights())) return;
  const tell = (line: string) => doors.tell(`  ${line}`);
  await stack.mend(tell, signal);
  await stack.up(tell, signal);
  const live = await doors.traffic.weights();
  if (!fits(live))
    throw new UpdateFailed(`the update went through, but the route has ${shown(live)}, not ${shown(wanted)}`);
}

/** Why the attempt has to end; throws where it has not. */
function refusal({ phase, stable, stack }: ReleaseRecord, error: unknown): string {
  if (!(error instanceof UpdateFailed || error instanceof StackUnavailable)) throw error;
  // Then nobody was asked, neither pods nor gates: the same update is tried again.
  if (error.message.includes("does not answer")) throw new ApiUnreachable(error.message);
  if (phase === "rollingBack") {
    throw new ReleaseError(
      `All traffic is on ${stable} again, but the stack is not in line yet. ${error.message}\n` +
        `Then finish it: release resume --stack ${stack}`,
      exitCodes.unreconciled,
    );
  }
  if (error instanceof StackUnavailable || phase === "promoted") {
    throw new ReleaseError(
      `${error.message}\nThe release stands where it was (${phase}); go on with: release resume --stack ${stack}`,
    );
  }
  return error.message;
}
