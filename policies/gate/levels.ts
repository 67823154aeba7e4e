import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "./finding.ts";

const folder = join(import.meta.dirname, "..", "levels");

/** What a stack kind sets for one rule: how strict it is, and the rule's own settings. */
export type Level = string | { enforcementLevel?: string; [setting: string]: unknown };

export const levelNames = (): string[] => readdirSync(folder).map((file) => file.replace(/\.json$/, ""));

/** The levels of a stack kind: of a platform, or of the environment of that name. */
export function levelsOf(name: string): Record<string, Level> {
  if (!levelNames().includes(name)) {
    throw new GateError(`there are no levels ${JSON.stringify(name)}; allowed: ${levelNames().join(", ")}`);
  }
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Record<string, Level>;
}

/** Which levels a stack has by its config. */
export function levelsFor(config: Record<string, unknown>): string {
  const [kind, environment] = [config["pulse-infra:kind"], config["pulse-infra:environment"]];
  if (kind === "platform") return "platform";
  if (kind === "environment" && typeof environment === "string") return environment;
  throw new GateError(
    "the stack's config says neither kind platform, nor kind environment with an environment: it is no stack of this program",
  );
}

/** The pack's configuration: the levels, and what rules need to know of the stack's own config. */
export function packConfig(
  levels: Record<string, Level>,
  config: Record<string, unknown>,
): Record<string, Level> {
  const { infrastructureAppId: appId } = (config["pulse-infra:github"] ?? {}) as {
    infrastructureAppId?: number;
  };
  if (appId === undefined) return levels;
  const own = levels["github-bypass"];
  const level = typeof own === "string" ? { enforcementLevel: own } : own;
  return { ...levels, "github-bypass": { ...level, appId } };
}
