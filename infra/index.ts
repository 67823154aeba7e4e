import * as pulumi from "@pulumi/pulumi";
import { accessMistake } from "../components/kubernetes/kubeconfig.ts";
import { environment } from "../stacks/environment.ts";
import { ConfigError, loadConfig } from "./config/load.ts";

/** The whole program: config in, stack out. A person's mistake ends it with a sentence before anything is touched. */
export function main(): ReturnType<typeof environment> {
  try {
    const loaded = loadConfig({
      values: pulumi.runtime.allConfig(),
      secretKeys: JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[],
      stack: pulumi.getStack(),
    });
    const mistake = accessMistake(loaded.config.cluster);
    if (mistake !== undefined) throw new ConfigError(mistake);
    return environment(loaded);
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}
