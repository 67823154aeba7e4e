import { environments, type EnvironmentName } from "../../infra/domain/hosts.ts";

export { environments, type EnvironmentName };

/** One value by environment. */
export function byEnvironment<T>(make: (environment: EnvironmentName) => T): Record<EnvironmentName, T> {
  return { staging: make("staging"), production: make("production") };
}
