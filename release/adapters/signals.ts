import type { WatchedConfig } from "../../infra/config/schema.ts";
import type { Color } from "../../infra/domain/traffic.ts";
import type { ColorSignals, Signals } from "../domain/signals.ts";
import type { Clock, SignalHistory, SignalSource } from "../ports.ts";
import type { Access } from "./access.ts";
import { healthSource } from "./health.ts";
import { PodSource } from "./pods.ts";
import { prometheusHistory, prometheusSource, type Environment } from "./prometheus.ts";

export type { Access, KubeGet } from "./access.ts";

/** Every source stops by itself before; this is for one that does not. */
const patienceMs = 2_500;

/**
 * All that can be seen of an environment. Restarts and failed health answers are counted from one reading to the next,
 * so the sources of a release are kept as long as it is watched. `previous` is the newest sample of an earlier process.
 */
export function signalSources(
  config: WatchedConfig,
  access: Access,
  previous?: Signals,
  env: Environment = process.env,
): SignalSource[] {
  return [
    prometheusSource(config, env),
    new PodSource(config, access),
    healthSource(config, access, previous),
  ];
}

/** Past signals of an environment. */
export const signalHistory = (config: WatchedConfig, env: Environment = process.env): SignalHistory =>
  prometheusHistory(config, env);

/** Asks all sources at once and puts their answers together. Never rejects. */
export async function readSignals(
  sources: readonly SignalSource[],
  windowSeconds: number,
  clock: Clock,
): Promise<Signals> {
  const at = clock.now();
  const parts = await Promise.all(sources.map((source) => patiently(source.read(windowSeconds))));
  const colors: Record<Color, ColorSignals> = { blue: {}, green: {} };
  for (const part of parts) {
    Object.assign(colors.blue, part.colors.blue);
    Object.assign(colors.green, part.colors.green);
  }
  return { at, windowSeconds, colors, problems: parts.flatMap(({ problems }) => problems) };
}

type Part = Awaited<ReturnType<SignalSource["read"]>>;

async function patiently(reading: Promise<Part>): Promise<Part> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Part>((resolve) => {
    const problems = [`A source of signals did not answer within ${patienceMs / 1000} s.`];
    timer = setTimeout(() => resolve({ colors: {}, problems }), patienceMs);
  });
  try {
    return await Promise.race([reading, late]);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { colors: {}, problems: [`A source of signals failed: ${problem}`] };
  } finally {
    clearTimeout(timer);
  }
}
