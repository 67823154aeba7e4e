import { UserError } from "../../errors.ts";
import type { PackageName } from "./facts.ts";

/** The packages that the terraform-provider plugin becomes. */
const parameterizedPackages = ["sentry", "slack"] as const satisfies readonly PackageName[];

/**
 * Which package is meant: by the parameter in an SDK, JSON with the provider's address, or by the arguments of
 * `pulumi package add`.
 */
export function parameterized(value: string | undefined, args: readonly string[]): PackageName {
  const address = value === undefined ? args[0] : addressIn(value);
  const name = address?.split("/").at(-1);
  const known = parameterizedPackages.find((candidate) => candidate === name);
  if (known) return known;
  throw new UserError(
    `the terraform-provider stand-in does not have ${address ?? "a provider without an address"}: only ${parameterizedPackages.join(" and ")}`,
  );
}

function addressIn(value: string): string | undefined {
  try {
    const { remote } = JSON.parse(value) as { remote?: { url?: string } };
    return remote?.url;
  } catch {
    return undefined;
  }
}
