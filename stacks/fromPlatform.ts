import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentConfig } from "../infra/config/schema.ts";

/** What an environment takes over from the platform stack. */
export interface FromPlatform {
  /** Variables of the app, all of them secret. */
  env: Record<string, pulumi.Output<string>>;
}

/**
 * Reads the outputs that the platform stack left in the backend: no vendor is asked, so none can keep an environment
 * from being changed. Without a platform stack there is nothing to take over.
 */
export function fromPlatform({ environment, platformStack }: EnvironmentConfig): FromPlatform {
  if (platformStack === undefined) return { env: {} };
  const platform = new pulumi.StackReference("platform", { name: platformStack });
  // The sandbox plays production.
  const name = environment === "sandbox" ? "production" : environment;
  const dsn = platform.requireOutput("sentryDsn").apply((byEnvironment) => {
    const value = (byEnvironment as Record<string, unknown>)[name];
    if (typeof value !== "string")
      throw new pulumi.RunError(
        `The output sentryDsn of ${platformStack} has no ${name}: apply that stack first.`,
      );
    return value;
  });
  return { env: { SENTRY_DSN: pulumi.secret(dsn) } };
}
