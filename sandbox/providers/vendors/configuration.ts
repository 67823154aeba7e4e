import { UserError } from "../../errors.ts";
import { getObject, getString, inside, type Json, type JsonObject } from "../shared/values.ts";
import { missingToken } from "./faults.ts";
import { asProperty, type PackageFacts, type PackageName } from "./facts.ts";
import type { Account } from "./kinds/types.ts";
import { vendors } from "./vendors.ts";

/** Settings that the engine adds to a provider's own. */
const enginesOwn = ["version", "pluginDownloadURL"];

/** Whether a setting is the vendor's and not one that the engine adds. */
export const isVendorsOwn = (key: string): boolean => !enginesOwn.includes(key) && !key.startsWith("__");

/** A provider's settings with their own types: the engine hands over all but texts as JSON. */
export function readableConfig(facts: PackageFacts, settings: JsonObject): JsonObject {
  const entries = Object.entries(settings).filter(([key]) => isVendorsOwn(key));
  return Object.fromEntries(
    entries.map(([key, value]): [string, Json] => {
      const text = inside(value);
      const { type } = asProperty(facts.config[key] ?? "any");
      if (typeof text !== "string" || type === "string") return [key, value];
      try {
        return [key, JSON.parse(text) as Json];
      } catch {
        return [key, value];
      }
    }),
  );
}

/** @throws UserError where neither settings nor environment hold a token. Its value matters only when it is "expired". */
export function requireToken(vendor: PackageName, config: JsonObject): "working" | "expired" {
  const { settings, variables } = vendors[vendor];
  const given = [
    ...settings.map((key) => inside(config[key])),
    ...variables.map((name) => process.env[name]),
  ].filter((value) => value !== undefined && value !== null && value !== "");
  if (given.length === 0) throw new UserError(missingToken(vendor));
  return given[0] === "expired" ? "expired" : "working";
}

/** Whose objects the provider makes, from its settings and the environment. */
export function accountOf(vendor: PackageName, config: JsonObject): Account {
  const { env } = process;
  const owners = { github: "owner", vercel: "team" } as Partial<Record<PackageName, string>>;
  const appId = Number(getString(getObject(config, "appAuth"), "id") ?? env.GITHUB_APP_ID);
  const account: Account = {
    owner:
      getString(config, owners[vendor] ?? "owner") ??
      (vendor === "github" ? env.GITHUB_OWNER : undefined) ??
      "sandbox",
    region: getString(config, "region") ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? "us-east-1",
    accountId: "123456789012",
  };
  if (Number.isInteger(appId)) account.appId = appId;
  return account;
}
