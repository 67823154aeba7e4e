import { z } from "zod";
import { checkTree, type Mistake } from "./check.ts";
import { crossRules } from "./rules.ts";
import { environmentSchema, type EnvironmentConfig } from "./schema.ts";

/** What the engine hands over: every key with its namespace, every value as text. */
export interface RawConfig {
  /** `pulse-infra:activeColor` -> `green`; groups are JSON. */
  values: Readonly<Record<string, string>>;
  /** Keys, with namespace, that are stored as secrets. */
  secretKeys: readonly string[];
  /** The stack's name, for the message. */
  stack: string;
}

export interface LoadedConfig {
  config: EnvironmentConfig;
  /** True when `app` holds secrets: its environment variables must stay secret in the state. */
  secretApp: boolean;
}

/** A configuration with mistakes in it; the message lists all of them. */
export class ConfigError extends Error {}

const namespace = "pulse-infra";

/**
 * Checks a stack's configuration. Throws a ConfigError that names every mistake with its path, its value, what is
 * allowed and, for an unknown key, the nearest known one. Keys of other namespaces are not looked at.
 */
export function loadConfig(raw: RawConfig): LoadedConfig {
  const mistakes: Mistake[] = [];
  const own = Object.entries(raw.values).filter(([key]) => key.startsWith(`${namespace}:`));
  const values = Object.fromEntries(
    own
      .map(([key, text]) => [key.slice(namespace.length + 1), text] as const)
      .map(([k, text]) => [k, value(k, text)]),
  );
  const secrets = raw.secretKeys
    .filter((key) => key.startsWith(`${namespace}:`))
    .map((key) => key.slice(namespace.length + 1));
  for (const key of secrets.filter((key) => key !== "app" && key in environmentSchema.shape)) {
    mistakes.push({
      path: key,
      problem: "is stored as a secret",
      hint: "allowed: plain; only app may hold secrets, in app.env",
    });
  }

  const checked = checkTree(environmentSchema, values, "", mistakes) as Parameters<typeof crossRules>[0];
  mistakes.push(
    ...crossRules(checked).filter(({ path }) => !mistakes.some((mistake) => mistake.path === path)),
  );
  if (mistakes.length > 0) throw new ConfigError(describe(raw.stack, mistakes, secrets));
  return { config: z.parse(environmentSchema, checked), secretApp: secrets.includes("app") };
}

/** `pulumi config set` stores every scalar as text, and the engine hands groups over as JSON: undo both. */
function value(key: string, text: string): unknown {
  const schema = environmentSchema.shape[key as keyof typeof environmentSchema.shape] as
    z.ZodType | undefined;
  const inner = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (inner instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (inner instanceof z.ZodBoolean) return text === "true" ? true : text === "false" ? false : text;
  if (!(inner instanceof z.ZodObject)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function describe(stack: string, mistakes: Mistake[], secrets: string[]): string {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  const lines = mistakes.map(({ path, problem, hint }) => {
    const hidden = secrets.includes(path.split(".")[0] ?? "") && !problem.startsWith("is stored");
    return `  ${path} ${hidden ? "is wrong (a secret, so it is not shown)" : problem}; ${hint}`;
  });
  return [`Pulumi.${stack}.yaml has ${count}:`, ...lines].join("\n");
}
