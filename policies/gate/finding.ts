import type { Override } from "../../infra/domain/override.ts";

/** What a rule or a gate found. */
export interface Finding {
  rule: string;
  /** unknown: a preview cannot look at it yet. overridden: it would stop, and somebody answers for it. */
  level: "mandatory" | "advisory" | "overridden" | "unknown";
  resource: string;
  urn: string;
  /** A whole sentence. */
  problem: string;
  why: string;
  fix: string;
  link: string;
  override?: Override;
}

/** An override, and what became of it. */
export interface UsedOverride extends Override {
  /** over: its last day is past, so it does not count. unused: nothing was found that it is about. */
  state: "used" | "unused" | "over";
}

/** How many resources a preview would change, by what it would do to them. */
export interface Changes {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
}

/** What `npm run gate -- --json` writes. */
export interface GateResult {
  stack: string;
  policies: Finding[];
  gates: Finding[];
  overrides: UsedOverride[];
  changes: Changes;
}

/** The type in a URN, without the types of its parents. */
export const typeIn = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
export const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");

/** A sentence that stops nothing. */
export class GateError extends Error {}
