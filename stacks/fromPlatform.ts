import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../infra/config/load.ts";
import type { EnvironmentConfig } from "../infra/config/schema.ts";

/** What an environment takes over from the platform stack. */
export interface FromPlatform {
  /** Variables of the app, all of them secret. */
  env: Record<string, pulumi.Output<string>>;
  /** Cloud roles of the jobs that make backups and read them back, where the platform has some for this cluster. */
  roleArns: { backup?: string; restore?: string };
}

/**
 * Reads the outputs that the platform stack left in the backend: no vendor is asked, so none can keep an environment
 * from being changed. Without a platform stack there is nothing to take over.
 * @throws ConfigError where the platform stack does not have what is asked of it: before anything in the cluster is declared.
 */
export async function fromPlatform({ environment, platformStack }: EnvironmentConfig): Promise<FromPlatform> {
  if (platformStack === undefined) return { env: {}, roleArns: {} };
  // The sandbox plays production.
  const name = environment === "sandbox" ? "production" : environment;
  const platform = new pulumi.StackReference("platform", { name: platformStack });
  const output = await platform.getOutputDetails("sentryDsn");
  const dsn = ((output.secretValue ?? output.value) as Record<string, unknown> | undefined)?.[name];
  if (typeof dsn !== "string") {
    throw new ConfigError(
      `The stack ${platformStack}, which platformStack names, has no output sentryDsn for ${name}. ` +
        `Apply it first (pulumi up -s ${platformStack.split("/").at(-1) ?? ""}), or leave platformStack out.`,
    );
  }
  const backups = (await platform.getOutputDetails("backups")).value as
    Record<string, { roles?: FromPlatform["roleArns"] }> | undefined;
  return { env: { SENTRY_DSN: pulumi.secret(dsn) }, roleArns: backups?.[name]?.roles ?? {} };
}
