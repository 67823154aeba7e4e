/** How this instance is told to fail, so that tests and rehearsals have something to catch. */
export interface Misbehaviour {
  /** Share of requests answered 500, 0 to 1. Default 0. Health, readiness and metrics stay honest. */
  errorRate: number;
  /** Added to every answer, in milliseconds. Default 0. */
  latencyMs: number;
  /** /ready answers 503. Default false. */
  unready: boolean;
  /** Dies of an uncaught exception. Default false. */
  crash: boolean;
  /** Exits with this code, 0 to 255. Default: stays. */
  exit?: number;
}

const checks: Record<keyof Misbehaviour, { allowed: string; ok: (value: unknown) => boolean }> = {
  errorRate: { allowed: "a number from 0 to 1", ok: (v) => typeof v === "number" && v >= 0 && v <= 1 },
  latencyMs: {
    allowed: "a number of milliseconds from 0 to 60000",
    ok: (v) => typeof v === "number" && v >= 0 && v <= 60_000,
  },
  unready: { allowed: "true or false", ok: (v) => typeof v === "boolean" },
  crash: { allowed: "true or false", ok: (v) => typeof v === "boolean" },
  exit: {
    allowed: "an exit code from 0 to 255",
    ok: (v) => Number.isInteger(v) && Number(v) >= 0 && Number(v) <= 255,
  },
};

/** An instance that behaves. */
export const wellBehaved: Misbehaviour = { errorRate: 0, latencyMs: 0, unready: false, crash: false };

const isKey = (key: string): key is keyof Misbehaviour => Object.hasOwn(checks, key);

/**
 * Reads a JSON object of switches; keys that are absent stay as they are.
 * @throws Error with one sentence that names the key and what is allowed.
 */
export function parseMisbehaviour(json: string): Partial<Misbehaviour> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error("misbehave: not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`misbehave: want an object with ${Object.keys(checks).join(", ")}`);
  }
  for (const [key, given] of Object.entries(value)) {
    if (!isKey(key)) {
      throw new Error(`misbehave.${key}: unknown, want one of ${Object.keys(checks).join(", ")}`);
    }
    if (!checks[key].ok(given)) {
      throw new Error(`misbehave.${key}: is ${JSON.stringify(given)}, want ${checks[key].allowed}`);
    }
  }
  return value;
}
