import { load } from "js-yaml";
import { readFileSync } from "node:fs";
import { ConfigError, loadConfig, loadWatched, type RawConfig } from "../infra/config/load.ts";
import type { EnvironmentConfig, WatchedConfig } from "../infra/config/schema.ts";
import type { TrafficConfig } from "../infra/domain/traffic.ts";
import { ReleaseError } from "./errors.ts";

/** A stack's config, checked as the program checks it. Secrets stay encrypted: a release needs none of them. */
export function readSettings(file: string, stack: string): EnvironmentConfig {
  const loaded = checked(loadConfig, file, stack);
  if (loaded.kind === "environment") return loaded.config;
  throw new ReleaseError(
    `${stack} is a stack of kind platform, which has no traffic; releases are for environments.`,
  );
}

/** As much of it as watching takes: a whole stack's config, or the watcher's own. */
export const readWatched = (file: string, stack: string): WatchedConfig => checked(loadWatched, file, stack);

function checked<T>(load: (raw: RawConfig) => T, file: string, stack: string): T {
  const raw = readRaw(file, stack);
  try {
    return load(raw);
  } catch (error) {
    throw error instanceof ConfigError ? new ReleaseError(error.message) : error;
  }
}

function readRaw(file: string, stack: string): RawConfig {
  let content: { config?: Record<string, unknown> };
  try {
    content = load(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new ReleaseError(`The config of stack ${stack} cannot be read: ${message ?? file}`);
  }
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, value] of Object.entries(content.config ?? {})) {
    const plain = withoutSecrets(value, () => secretKeys.push(key));
    values[key] = typeof plain === "string" ? plain : JSON.stringify(plain);
  }
  return { values, secretKeys, stack };
}

export function trafficOf({ activeColor, canaryWeight, images, idleSize }: EnvironmentConfig): TrafficConfig {
  const { blue, green } = images;
  return {
    activeColor,
    canaryWeight,
    images: { ...(blue !== undefined && { blue }), ...(green !== undefined && { green }) },
    idleSize,
  };
}

/** What the file says about traffic now. */
export const readTraffic = (file: string, stack: string): TrafficConfig =>
  trafficOf(readSettings(file, stack));

function withoutSecrets(value: unknown, found: () => void): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutSecrets(entry, found));
  if (typeof value !== "object" || value === null) return value;
  if ("secure" in value) {
    found();
    return "secret";
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner, found)]));
}
