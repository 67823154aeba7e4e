import { load } from "js-yaml";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  loadConfig,
  type LoadedEnvironment,
  type LoadedPlatform,
  type RawConfig,
} from "../../infra/config/load.ts";
import { projectRoot } from "../../sandbox/paths.ts";

/** The least config of an environment. */
export const leastEnvironment = {
  kind: "environment",
  environment: "staging",
  activeColor: "blue",
  images: { blue: "ghcr.io/example/app:1.0.0", green: "ghcr.io/example/app:1.1.0" },
  hostname: "api.example.com",
  registries: ["ghcr.io/example"],
};

/** A committed stack file's config, values as in YAML, without the namespace. */
export function stackFile(stack: string): Record<string, unknown> {
  const file = load(readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [key.replace(/^[^:]*:/, ""), value]),
  );
}

/** Config as the engine hands it to a program: everything is text, groups are JSON. */
export function asRaw(
  config: Record<string, unknown>,
  { stack = "test", secretKeys = [] }: { stack?: string; secretKeys?: string[] } = {},
): RawConfig {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const entries = Object.entries(config).filter(([, value]) => value !== undefined);
  return {
    values: Object.fromEntries(entries.map(([key, value]) => [`pulse-infra:${key}`, text(value)])),
    secretKeys: secretKeys.map((key) => `pulse-infra:${key}`),
    stack,
  };
}

/** Loads the config of a stack that has to be an environment. */
export function loadEnvironment(raw: RawConfig): LoadedEnvironment {
  const loaded = loadConfig(raw);
  if (loaded.kind !== "environment") throw new Error(`The kind is ${loaded.kind}.`);
  return loaded;
}

/** Loads the config of a stack that has to be a platform. */
export function loadPlatform(raw: RawConfig): LoadedPlatform {
  const loaded = loadConfig(raw);
  if (loaded.kind !== "platform") throw new Error(`The kind is ${loaded.kind}.`);
  return loaded;
}
