/** The environments that vendors know. Development is on people's own machines. */
export const environments = ["staging", "production"] as const;
export type EnvironmentName = (typeof environments)[number];

/** One value by environment. */
export function byEnvironment<T>(make: (environment: EnvironmentName) => T): Record<EnvironmentName, T> {
  return { staging: make("staging"), production: make("production") };
}
