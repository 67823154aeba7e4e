import { announceAll, announcers, announcementText } from "./adapters/announce/index.ts";
import { readSignals, signalSources } from "./adapters/signals.ts";
import { smokeTests } from "./adapters/smoke.ts";
import { gateWindow, judge } from "./domain/gates.ts";
import type { ReleaseRecord } from "./domain/record.ts";
import type { Signals } from "./domain/signals.ts";
import type { Doors } from "./doors.ts";
import { systemClock, type WatchedEnvironment } from "./environment.ts";
import type { SignalSource } from "./ports.ts";

/** More samples than that say nothing new about one step. */
const historyLength = 120;

/** What a driver sees of an environment, and whom it tells, as its config says. */
export function senses(
  environment: WatchedEnvironment,
  tell: (line: string) => void,
): Pick<Doors, "look" | "smoke" | "announce"> & { told: () => Promise<void> } {
  const { client, config } = environment;
  const access = { kube: (path: string, signal: AbortSignal) => client.text(path, signal) };
  const { gates } = config.release;
  const { announcers: all, problems } = announcers(config, process.env);
  for (const problem of problems) tell(problem);
  const underWay = new Set<Promise<unknown>>();
  let sources: SignalSource[] | undefined;
  let history: Signals[] = [];
  let step = "";
  let release = "";
  return {
    smoke: { run: (color, version) => smokeTests(config, access).run(color, version) },
    look: async (record: ReleaseRecord) => {
      const now = `${record.id} ${record.phase} ${record.step}`;
      if (now !== step) history = [];
      step = now;
      // What failed in a row during the last release says nothing about this one.
      if (record.id !== release) sources = undefined;
      release = record.id;
      sources ??= signalSources(config, access, await lastSample(environment, record));
      const signals = await readSignals(sources, gateWindow(gates, record.phase), systemClock);
      history = [...history.slice(1 - historyLength), signals];
      const { candidate, phase, stable } = record;
      const percent = phase === "ramping" ? (record.steps[record.step]?.percent ?? 100) : 100;
      return { signals, verdict: judge(history, gates, { candidate, stable, phase, percent }) };
    },
    announce: (event, record, more = {}) => {
      const text = announcementText(event, record, {
        ...more.look,
        ...(more.weights && { weights: more.weights }),
      });
      const telling = announceAll(all, { event, record, text, ...more })
        .then((sentences) => sentences.forEach(tell))
        .finally(() => underWay.delete(telling));
      underWay.add(telling);
    },
    told: async () => {
      await Promise.all(underWay);
    },
  };
}

/** What another process saw of this release last: what is counted in a row goes on from there. */
async function lastSample(
  { spare }: WatchedEnvironment,
  { id }: ReleaseRecord,
): Promise<Signals | undefined> {
  const entries = await spare.entries();
  return entries.findLast(({ kind, release }) => kind === "sample" && release === id)?.signals;
}
