import type { EnvironmentConfig } from "../../infra/config/schema.ts";
import { asRaw, loadEnvironment } from "./stack-config.ts";

/** The config of an environment with this `release` section. */
export function releaseConfig(release: object = {}, more: Record<string, unknown> = {}): EnvironmentConfig {
  const config = {
    kind: "environment",
    environment: "staging",
    activeColor: "blue",
    images: { blue: "ghcr.io/example/app:1.0.0", green: "ghcr.io/example/app:1.1.0" },
    hostname: "api.example.com",
    registries: ["ghcr.io/example"],
    app: { name: "pulse" },
    cluster: { namespace: "apps" },
    release,
    ...more,
  };
  return loadEnvironment(asRaw(config)).config;
}
