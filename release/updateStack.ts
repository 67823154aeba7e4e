import { ApiUnreachable } from "../infra/cluster/client.ts";
import { configWeights } from "../infra/domain/journal.ts";
import { colors, type TrafficConfig, type Weights } from "../infra/domain/traffic.ts";
import { StackUnavailable, UpdateFailed } from "./adapters/stack.ts";
import type { Doors } from "./doors.ts";
import { shown } from "./domain/machine.ts";
import type { ReleaseRecord } from "./domain/record.ts";
import { exitCodes, ReleaseError } from "./errors.ts";
import type { Stack } from "./ports.ts";

/** An update that did not go through. */
export interface Failure {
  error: UpdateFailed | StackUnavailable;
  /** Whether the API server was away meanwhile. */
  away: boolean;
}

/** Overtaken: another process brings the traffic back, and its record decides what comes next. */
export type UpdateOutcome = "confirmed" | "overtaken" | Failure;

/** Milliseconds between two looks at the journal while an update runs. */
const lookMs = 500;

/**
 * Brings stack and route to `config`.
 * @throws ApiUnreachable when the route cannot be looked at.
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
  const journal = watchJournal(doors, record, overtaken);
  try {
    await stack.set(config);
    await stack.up((line) => doors.tell(`  ${line}`), stop);
    await confirmRoute(doors, stack, config, stop);
    return "confirmed";
  } catch (error) {
    signal?.throwIfAborted();
    if (overtaken.signal.aborted) return "overtaken";
    if (!(error instanceof UpdateFailed || error instanceof StackUnavailable)) throw error;
    // Not by the error alone: each provider has its own words for it, and the first of many errors may be another one.
    const away = error.message.includes("does not answer") || journal.wasAway() || !(await answers(doors));
    return { error, away };
  } finally {
    journal.end();
  }
}

const answers = (doors: Doors): Promise<boolean> =>
  doors.peek().then(
    () => true,
    (error: unknown) => !(error instanceof ApiUnreachable),
  );

/** Why a failed update ends the attempt; throws where a person has to go on. */
export function refusal({ phase, stable, stack }: ReleaseRecord, { error }: Failure): string {
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

/**
 * Aborts an update as soon as the journal says that somebody brings the traffic back, and knows whether the API server
 * was away meanwhile.
 */
function watchJournal(
  doors: Doors,
  record: ReleaseRecord,
  overtaken: AbortController,
): { wasAway: () => boolean; end: () => void } {
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  let away = false;
  const watch = async (): Promise<void> => {
    for (;;) {
      // The end of the update ends it at once: a command must not wait for one more look.
      await doors.clock.sleep(lookMs, over.signal).catch(() => undefined);
      if (isOver()) return;
      const now = await doors.peek().catch((error: unknown) => {
        away ||= error instanceof ApiUnreachable;
        return record;
      });
      if (isOver() || !now) return;
      const back = now.phase === "rollingBack" && record.phase !== "rollingBack";
      if (now.id !== record.id || back) {
        overtaken.abort();
        return;
      }
    }
  };
  void watch();
  return {
    wasAway: () => away,
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
