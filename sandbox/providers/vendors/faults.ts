import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import type { PackageName } from "./facts.ts";
import { variableOf, vendors } from "./vendors.ts";

export type Operation = "configure" | "create" | "read" | "update" | "delete" | "invoke";

/** What a vendor can be made to do wrong. */
export const faultKinds = [
  "refuse",
  "hang",
  "slow",
  "server-error",
  "quota",
  "token-expired",
  "answer-lost",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** One order to fail. What is left out matches everything. */
export interface Fault {
  fault: FaultKind;
  vendor?: PackageName;
  operation?: Operation;
  /** As in the cloud file: `Repository`, `s3.Bucket`. */
  kind?: string;
  /** The resource's name in the program. */
  name?: string;
  /** Calls that succeed before; default 0. Counted by provider process. */
  after?: number;
  /** Calls that fail; default: all. */
  times?: number;
  /** Of `slow`; default 5. */
  seconds?: number;
}

/** One call to a vendor. */
export interface VendorCall {
  operation: Operation;
  kind: string;
  name: string;
  signal: AbortSignal;
}

/** A JSON list of faults in the variable itself or in the file that it names; read anew for each call. */
export const faultsVariable = "PULSE_VENDOR_FAULTS";

/** @throws UserError where the orders cannot be understood, so that a test never passes over a typing mistake. */
export function readFaults(source: string | undefined): Fault[] {
  if (source === undefined || source === "") return [];
  if (!source.startsWith("[") && !existsSync(source)) return [];
  const text = source.startsWith("[") ? source : readFileSync(source, "utf8");
  let faults: unknown;
  try {
    faults = JSON.parse(text);
  } catch {
    throw new UserError(`${faultsVariable} should hold a JSON list of faults, or name a file with one`);
  }
  if (!Array.isArray(faults))
    throw new UserError(`${faultsVariable} should hold a list of faults: [{"fault": "refuse"}]`);
  for (const { fault } of faults as { fault?: string }[])
    if (!faultKinds.some((kind) => kind === fault))
      throw new UserError(
        `${faultsVariable}: there is no fault "${fault ?? ""}", only ${faultKinds.join(", ")}`,
      );
  return faults as Fault[];
}

export class Faults {
  readonly #source: () => string | undefined;
  /** Matching calls so far, by the order's own text. */
  readonly #seen = new Map<string, number>();

  constructor(source: () => string | undefined = () => process.env[faultsVariable]) {
    this.#source = source;
  }

  /**
   * Fails, waits or does nothing, as ordered for this call.
   * @returns what to do after the call: throws where the answer is to be lost.
   */
  async before(vendor: PackageName, call: VendorCall): Promise<() => void> {
    const faults = readFaults(this.#source()).filter((fault) => this.#strikes(fault, vendor, call));
    for (const fault of faults) {
      if (fault.fault === "hang") await forever(call.signal);
      else if (fault.fault === "slow")
        await sleep((fault.seconds ?? 5) * 1000, undefined, { signal: call.signal });
      else if (fault.fault !== "answer-lost") throw new UserError(sentence(fault.fault, vendor, call));
    }
    return () => {
      if (faults.some(({ fault }) => fault === "answer-lost"))
        throw new UserError(sentence("answer-lost", vendor, call));
    };
  }

  #strikes(fault: Fault, vendor: PackageName, call: VendorCall): boolean {
    if ((fault.vendor ?? vendor) !== vendor || (fault.name ?? call.name) !== call.name) return false;
    if ((fault.kind ?? call.kind) !== call.kind) return false;
    const calls = vendors[vendor].callsAtStart && fault.fault === "token-expired";
    // a configuration is no call to the API, unless the vendor's provider makes one then
    if (call.operation === "configure" && fault.operation !== "configure" && !calls) return false;
    if ((fault.operation ?? call.operation) !== call.operation) return false;
    const key = JSON.stringify(fault);
    const seen = this.#seen.get(key) ?? 0;
    this.#seen.set(key, seen + 1);
    const { after = 0, times = Infinity } = fault;
    return seen >= after && seen < after + times;
  }
}

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    // keeps this process alive while nothing else does
    const timer = setInterval(() => undefined, 60_000);
    const end = (): void => {
      clearInterval(timer);
      reject(new UserError("cancelled"));
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });

/** The token does not work: which vendor, which variable, what to do. */
export const expiredToken = (name: PackageName): string => {
  const { title, renew } = vendors[name];
  return `${title} answered 401 Unauthorized: the token in ${variableOf(name)} has expired or was revoked; ${renew}, set ${variableOf(name)} and run the command again`;
};

export const missingToken = (name: PackageName): string => {
  const { title, renew } = vendors[name];
  return `${title} has no token: ${variableOf(name)} is not set; ${renew}, set ${variableOf(name)} and run the command again`;
};

function sentence(
  kind: FaultKind,
  vendor: PackageName,
  { operation, kind: object, name }: VendorCall,
): string {
  const { title, statusPage } = vendors[vendor];
  const what = object === "" ? operation : `${operation} of ${object}${name === "" ? "" : ` "${name}"`}`;
  switch (kind) {
    case "token-expired":
      return expiredToken(vendor);
    case "refuse":
      return `${title} answered 403 Forbidden to the ${what}: the token in ${variableOf(vendor)} may not do this; give it the permission or use another token, and run the command again`;
    case "quota":
      return `${title} answered 429 to the ${what}: the plan's limit or the rate limit of the token in ${variableOf(vendor)} is reached; wait, or choose a larger plan, and run the command again`;
    case "answer-lost":
      return `${title}'s answer to the ${what} was lost (connection reset): it may have happened all the same; look there, and import the object if it exists before you run the command again`;
    default:
      return `${title} answered 502 Bad Gateway to the ${what}: the fault is on ${title}'s side; see ${statusPage} and run the command again`;
  }
}
