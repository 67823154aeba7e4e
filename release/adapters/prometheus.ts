import type { WatchedConfig } from "../../infra/config/schema.ts";
import { colors, type Color } from "../../infra/domain/traffic.ts";
import type { ColorSignals, Signals } from "../domain/signals.ts";
import type { SignalHistory, SignalSource } from "../ports.ts";
import { ask, join, NoAnswer } from "./http.ts";

const readTimeoutMs = 2_000;
/** A chart can wait. */
const historyTimeoutMs = 15_000;
/** Envoy brings its histograms up to date every 5 s only: in a shorter window there may be no change at all. */
const leastLatencySeconds = 15;
/** Prometheus gives no more than 11,000 points a line. */
const maxPoints = 10_000;

const keys = ["requests", "errorRatio", "p95Ms"] as const;
type Key = (typeof keys)[number];

/** Environment variables, as process.env holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Seconds since 1970 and the value, as Prometheus writes them. */
type Point = [number, string];
interface Series {
  value?: Point;
  values?: Point[];
}
interface Reply {
  status: "success" | "error";
  error?: string;
  data?: { resultType: string; result: Series[] | Point };
}

/** The config's expressions for one colour. */
export function fillQuery(
  template: string,
  about: { namespace: string; app: string; color: Color; windowSeconds: number },
): string {
  const values: Record<string, string> = {
    namespace: about.namespace,
    service: `${about.app}-${about.color}`,
    color: about.color,
    window: `${about.windowSeconds}s`,
  };
  return template.replace(
    /\$(namespace|service|color|window)\b/g,
    (_whole, name: string) => values[name] ?? "",
  );
}

/** Requests, errors and latency of both colours, from the gateway's own counters. */
export function prometheusSource(config: WatchedConfig, env: Environment): SignalSource {
  return {
    async read(windowSeconds) {
      const problems = new Set<string>();
      const { url } = config.release.prometheus;
      if (url === undefined) return { colors: {}, problems: ["release.prometheus.url is not set."] };
      const seen = await forEach(async (color, key) => {
        const query = expression(config, key, color, windowSeconds);
        try {
          return number((await fetchSeries(config, env, "query", { query, timeout: "2s" }))?.value);
        } catch (error) {
          problems.add(sentence(error, url, key));
          return undefined;
        }
      });
      return { colors: seen, problems: [...problems] };
    },
  };
}

/** The same over a time that is past, for charts; nothing where there is no Prometheus or it does not answer. */
export function prometheusHistory(config: WatchedConfig, env: Environment): SignalHistory {
  return {
    async read(fromMs, toMs, stepSeconds) {
      if (config.release.prometheus.url === undefined) return { signals: [] };
      const step = Math.max(1, stepSeconds, Math.ceil((toMs - fromMs) / 1000 / maxPoints));
      const range = { start: String(fromMs / 1000), end: String(toMs / 1000), step: String(step) };
      const windowSeconds = Math.max(step, config.release.gates.windowSeconds);
      const samples = new Map<number, Signals & { colors: Record<Color, ColorSignals> }>();
      await forEach(async (color, key) => {
        const query = expression(config, key, color, windowSeconds);
        const series = await fetchSeries(config, env, "query_range", { query, ...range }).catch(
          () => undefined,
        );
        for (const point of series?.values ?? []) {
          const at = Math.round(point[0] * 1000);
          const sample = samples.get(at) ?? {
            at,
            windowSeconds,
            colors: { blue: {}, green: {} },
            problems: [],
          };
          samples.set(at, sample);
          const value = number(point);
          if (value !== undefined) sample.colors[color][key] = value;
        }
        return undefined;
      });
      return { signals: [...samples.values()].sort((a, b) => a.at - b.at) };
    },
  };
}

function expression(config: WatchedConfig, key: Key, color: Color, windowSeconds: number): string {
  const { app, cluster, release } = config;
  const seconds = key === "p95Ms" ? Math.max(windowSeconds, leastLatencySeconds) : windowSeconds;
  const about = { namespace: cluster.namespace, app: app.name, color, windowSeconds: seconds };
  return fillQuery(release.prometheus.queries[key], about);
}

/** Asks for everything at once; what is not known is no key. */
async function forEach(
  one: (color: Color, key: Key) => Promise<number | undefined>,
): Promise<Record<Color, ColorSignals>> {
  const seen: Record<Color, ColorSignals> = { blue: {}, green: {} };
  await Promise.all(
    colors.flatMap((color) =>
      keys.map(async (key) => {
        const value = await one(color, key);
        if (value !== undefined) seen[color][key] = value;
      }),
    ),
  );
  return seen;
}

/** The one series that an expression gives; undefined for none. @throws Error with half a sentence */
async function fetchSeries(
  { release: { prometheus } }: WatchedConfig,
  env: Environment,
  what: "query" | "query_range",
  parameters: Record<string, string>,
): Promise<Series | undefined> {
  const token = prometheus.tokenFrom === undefined ? undefined : env[prometheus.tokenFrom];
  const answer = await ask({
    url: join(prometheus.url ?? "", `/api/v1/${what}`),
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: new URLSearchParams(parameters).toString(),
    timeoutMs: what === "query" ? readTimeoutMs : historyTimeoutMs,
  });
  let reply: Reply;
  try {
    reply = JSON.parse(answer.body) as Reply;
  } catch {
    throw new Error(`answered with status ${answer.status} and no JSON`);
  }
  if (reply.status !== "success" || !reply.data) {
    throw new Error(`refused the expression: ${reply.error ?? `status ${answer.status}`}`);
  }
  const { resultType, result } = reply.data;
  if (resultType === "scalar") return { value: result as Point };
  const series = result as Series[];
  if (series.length > 1) throw new Error(`gave ${series.length} series where one is wanted; sum them up`);
  return series[0];
}

/** A value that is one: 0/0 is not known, not zero. */
function number(point: Point | undefined): number | undefined {
  const value = point === undefined ? NaN : Number(point[1]);
  return Number.isFinite(value) ? value : undefined;
}

function sentence(error: unknown, url: string, key: Key): string {
  const message = error instanceof Error ? error.message : String(error);
  // The way to it is the same for every expression: said once.
  return error instanceof NoAnswer
    ? `Prometheus at ${url} ${message}.`
    : `Prometheus at ${url} ${message} (release.prometheus.queries.${key}).`;
}
