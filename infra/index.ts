import * as pulumi from "@pulumi/pulumi";
import { accessMistake } from "./cluster/kubeconfig.ts";
import type { EnvironmentOutputs } from "../stacks/environment.ts";
import type { PlatformOutputs } from "../stacks/platform/outputs.ts";
import { ConfigError, loadConfig } from "./config/load.ts";

/** The whole program: config in, stack out. A person's mistake ends it with a sentence before anything is touched. */
export async function main(): Promise<EnvironmentOutputs | PlatformOutputs> {
  try {
    const loaded = loadConfig({
      values: pulumi.runtime.allConfig(),
      secretKeys: JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[],
      stack: pulumi.getStack(),
    });
    // Loaded here, so that an environment never loads a vendor's package, and starts as fast as it can.
    if (loaded.kind === "platform") return await (await import("../stacks/platform.ts")).platform(loaded);
    const mistake = accessMistake(loaded.config.cluster);
    if (mistake !== undefined) throw new ConfigError(mistake);
    return await (await import("../stacks/environment.ts")).environment(loaded);
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}
