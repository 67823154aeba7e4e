import type { EnvironmentConfig } from "../../infra/config/schema.ts";
import { asRaw, leastEnvironment, loadEnvironment } from "./stack-config.ts";

/** The config of an environment with this `release` section. */
export function releaseConfig(release: object = {}, more: Record<string, unknown> = {}): EnvironmentConfig {
  const config = {
    ...leastEnvironment,
    app: { name: "pulse" },
    cluster: { namespace: "apps" },
    release,
    ...more,
  };
  return loadEnvironment(asRaw(config)).config;
}
