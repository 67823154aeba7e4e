import type { ReleaseRecord } from "../../release/domain/record.ts";

/** 2026-11-21T10:15:30Z */
export const startedAt = Date.UTC(2026, 10, 21, 10, 15, 30);

const record = {
  id: "20261121-101530-1.1.0",
  environment: "production",
  stack: "production",
  version: "1.1.0",
  image: "ghcr.io/example/app:1.1.0",
  strategy: "fast",
  steps: [
    { percent: 10, minSoakSeconds: 300, maxSoakSeconds: 1800 },
    { percent: 50, minSoakSeconds: 300, maxSoakSeconds: 1800 },
    { percent: 100, minSoakSeconds: 300, maxSoakSeconds: 1800 },
  ],
  stable: "blue" as const,
  candidate: "green" as const,
  before: {
    activeColor: "blue" as const,
    canaryWeight: 0,
    images: { blue: "ghcr.io/example/app:1.0.0", green: "ghcr.io/example/app:0.9.0" },
    idleSize: "warm" as const,
  },
  gated: true,
  route: { namespace: "apps", name: "pulse", minReady: 2, readyTimeoutSeconds: 300 },
  watchSeconds: 172_800,
  keepWarmSeconds: 172_800,
  phase: "ramping" as const,
  step: 1,
  startedAt,
  since: startedAt + 400_000,
  by: "ada@build",
};

/** A release of 1.1.0 to production, at the second of three steps. */
export const releaseRecord = (change: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  ...record,
  ...change,
});
