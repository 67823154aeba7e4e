/** Each loads what it needs when it runs, takes the sandbox's folder, and gives the exit code: 0 where every goal was met. */
type Bench = () => Promise<(dir: string) => Promise<number>>;

/** What `npm run bench -- NAME` can measure. */
export const benches: Readonly<Record<string, Bench>> = {
  switch: async () => (await import("./switch.ts")).benchSwitch,
  environment: async () => (await import("./environment.ts")).benchEnvironment,
  preview: async () => (await import("./preview.ts")).benchPreview,
  release: async () => (await import("./release.ts")).benchRelease,
  policies: async () => (await import("./policies.ts")).benchPolicies,
};
