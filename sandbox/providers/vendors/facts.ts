import { readFileSync } from "node:fs";
import { join } from "node:path";
import { vendorNames, type VendorName } from "../../../infra/domain/vendors.ts";
import type { Json } from "../shared/values.ts";

/** The packages that this program stands in for. */
export const packages = vendorNames;
export type PackageName = VendorName;

/** What the vendor's provider knows of one property. */
export interface PropertyFacts {
  /** `string`, `integer`, `number`, `boolean`, `json` (text or object), `any`, or a named type; `[]` is a list, `{}` a map. */
  type: string;
  required?: true;
  /** A change needs a new object. */
  replaces?: true;
  secret?: true;
  /** An input that the vendor fills in where it is not given. */
  computed?: true;
  default?: Json;
  enum?: (string | number)[];
  deprecated?: true;
}

/** A property without flags is written as its type alone. */
export type WrittenProperty = string | PropertyFacts;
export type Properties = Record<string, WrittenProperty>;

export interface KindFacts {
  inputs: Properties;
  /** What is only an output. */
  outputs: Properties;
}

/** One package as facts/<name>.json holds it. */
export interface PackageFacts {
  name: PackageName;
  version: string;
  /** Where the facts were cut from. */
  source: string;
  /** The provider's own settings. */
  config: Properties;
  /** By type token. */
  resources: Record<string, KindFacts>;
  /** By token. */
  functions: Record<string, KindFacts>;
  types: Record<string, Properties>;
}

export const factsFile = (name: string): string => join(import.meta.dirname, "facts", `${name}.json`);

export const readFacts = (name: PackageName): PackageFacts =>
  JSON.parse(readFileSync(factsFile(name), "utf8")) as PackageFacts;

export const asProperty = (written: WrittenProperty): PropertyFacts =>
  typeof written === "string" ? { type: written } : written;

/** `aws:s3/bucket:Bucket` is `s3.Bucket`, `github:index/team:Team` is `Team`: the names people know, and the cloud file's. */
export function kindOfToken(token: string): string {
  const [, module = "", name = token] = token.split(":");
  const folder = module.split("/")[0] ?? "";
  return folder === "index" || folder === "" ? name : `${folder}.${name}`;
}

/** The type token in a URN: the last of the chain of parents. */
export const tokenOfUrn = (urn: string): string => (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";

export const nameOfUrn = (urn: string): string => urn.split("::").slice(3).join("::");
