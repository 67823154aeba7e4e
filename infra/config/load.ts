import { z } from "zod";
import { mistakeLine, mistakesText, type Mistake } from "../domain/mistake.ts";
import { bare, checkTree, type Part } from "./check.ts";
import { kinds, type Kind } from "./fields.ts";
import { platformRules } from "./platformRules.ts";
import { platformSchema, type PlatformConfig } from "./platformSchema.ts";
import { releaseRules } from "./releaseRules.ts";
import { crossRules } from "./rules.ts";
import { environmentSchema, watchedSchema, type EnvironmentConfig, type WatchedConfig } from "./schema.ts";

/** What the engine hands over: every key with its namespace, every value as text. */
export interface RawConfig {
  /** `pulse-infra:activeColor` -> `green`; groups are JSON. */
  values: Readonly<Record<string, string>>;
  /** Keys, with namespace, that are stored as secrets. */
  secretKeys: readonly string[];
  /** The stack's name, for the message. */
  stack: string;
}

export interface LoadedEnvironment {
  kind: "environment";
  config: EnvironmentConfig;
  /** True when `app` holds secrets: its environment variables must stay secret in the state. */
  secretApp: boolean;
}

export interface LoadedPlatform {
  kind: "platform";
  config: PlatformConfig;
}

export type LoadedConfig = LoadedEnvironment | LoadedPlatform;

interface Checks {
  schema: z.ZodObject;
  rules: (config: never) => Mistake[];
  secrets: Secrets;
}

/** What is particular to the config of each kind of stack. */
const schemas: Record<Kind, Checks> = {
  environment: {
    schema: environmentSchema,
    rules: crossRules,
    secrets: {
      keys: { app: { required: false }, pullSecret: { required: true, path: "pullSecret.password" } },
      hint: "only app (in app.env) and pullSecret may hold secrets",
    },
  },
  platform: {
    schema: platformSchema,
    rules: platformRules,
    secrets: {
      keys: { secrets: { required: true, path: "secrets.<where>.<NAME>" } },
      hint: "only secrets may be secret",
    },
  },
};

interface Secrets {
  /** The keys that may be stored as secrets; those with a path, where the secret in them is, must be. */
  keys: Readonly<Record<string, { required: false } | { required: true; path: string }>>;
  hint: string;
}

/** A configuration with mistakes in it; the message lists all of them. */
export class ConfigError extends Error {}

const namespace = "pulse-infra";

/**
 * Checks a stack's configuration by the schema of its `kind`. Throws a ConfigError that names every mistake with its
 * path, its value, what is allowed and, for an unknown key, the nearest known one. Keys of other namespaces are not
 * looked at.
 */
export function loadConfig(raw: RawConfig): LoadedConfig {
  const own = ownValues(raw);
  const kind = likelyKind(own);
  const { checked, stored } = check(raw, own, schemas[kind]);
  return kind === "platform"
    ? { kind, config: z.parse(platformSchema, checked) }
    : { kind, config: z.parse(environmentSchema, checked), secretApp: stored.includes("app") };
}

/**
 * The same for whoever watches an environment: a whole stack's config will do, and so does one without what a switch
 * changes and without what is only declared.
 */
export function loadWatched(raw: RawConfig): WatchedConfig {
  const rules = ({ release }: Part<WatchedConfig>) => releaseRules(release);
  const { checked } = check(raw, ownValues(raw), { ...schemas.environment, schema: watchedSchema, rules });
  return z.parse(watchedSchema, checked);
}

const ownValues = ({ values }: RawConfig) =>
  Object.entries(values)
    .filter(([key]) => key.startsWith(`${namespace}:`))
    .map(([key, text]) => [key.slice(namespace.length + 1), text] as const);

/** @throws ConfigError */
function check(
  raw: RawConfig,
  own: ReturnType<typeof ownValues>,
  { schema, rules, secrets }: Checks,
): { checked: unknown; stored: string[] } {
  const mistakes: Mistake[] = [];
  const values = Object.fromEntries(own.map(([key, text]) => [key, value(schema, key, text)]));
  const stored = raw.secretKeys
    .filter((key) => key.startsWith(`${namespace}:`))
    .map((key) => key.slice(namespace.length + 1));
  for (const key of stored.filter((key) => !(key in secrets.keys) && key in schema.shape)) {
    mistakes.push({ path: key, problem: "is stored as a secret", hint: `allowed: plain; ${secrets.hint}` });
  }
  for (const [key, rule] of Object.entries(secrets.keys)) {
    if (!rule.required || !(key in values) || stored.includes(key)) continue;
    // Said, and then treated as the secret that it should have been.
    stored.push(key);
    mistakes.push({
      path: key,
      problem: "is stored in plain text",
      hint: `allowed: \`pulumi config set --secret --path ${rule.path}\`; change what was in it, too`,
    });
  }

  const told = mistakes.length;
  const checked = checkTree(schema, values, "", mistakes);
  mistakes.push(...mistakes.splice(told).map((mistake) => withoutValue(mistake, stored)));
  mistakes.push(
    ...rules(checked as never).filter(({ path }) => !mistakes.some((mistake) => mistake.path === path)),
  );
  if (mistakes.length > 0)
    throw new ConfigError(mistakesText(`Pulumi.${raw.stack}.yaml`, mistakes.map(mistakeLine)));
  return { checked, stored };
}

/** The kind that is written there, or, where that is missing or mistyped, the one with most of the other keys. */
function likelyKind(own: readonly (readonly [string, string])[]): Kind {
  const written = own.find(([key]) => key === "kind")?.[1];
  const known = (kind: Kind) => own.filter(([key]) => key in schemas[kind].schema.shape).length;
  return (
    kinds.find((kind) => kind === written) ??
    kinds.reduce((best, kind) => (known(kind) > known(best) ? kind : best))
  );
}

/** `pulumi config set` stores every scalar as text, and the engine hands groups over as JSON: undo both. */
function value(schema: z.ZodObject, key: string, text: string): unknown {
  const field = schema.shape[key] as z.core.$ZodType | undefined;
  const inner = field && bare(field);
  if (inner instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (inner instanceof z.ZodBoolean) return text === "true" ? true : text === "false" ? false : text;
  const isTree = [z.ZodObject, z.ZodArray, z.ZodRecord].some((type) => inner instanceof type);
  if (!isTree) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A mistake without what is wrong, which holds the value, where that is a secret. */
function withoutValue(mistake: Mistake, secrets: readonly string[]): Mistake {
  return secrets.includes(mistake.path.split(".")[0] ?? "")
    ? { ...mistake, problem: "is wrong (a secret, so it is not shown)" }
    : mistake;
}
