/**
 * Every version the toolchain installs, in one place. The go.mod files under go/ repeat those of the Go tools with
 * their checksums; a test keeps the two in step.
 */
export const versions = {
  pulumi: "3.256.0",
  kubernetes: "1.34.4",
  etcd: "3.6.5",
  kwok: "0.8.0",
  "envoy-gateway": "1.9.1",
  "gateway-api": "1.6.1",
  coredns: "1.15.0",
  "metrics-server": "0.9.0",
  envoy: "1.39.3",
  actionlint: "1.7.12",
  pause: "1.0.0",
  /** The plugin that the @pulumi/kubernetes package in package.json asks for. */
  "pulumi-kubernetes": "4.34.2",
} as const;

/** A found program is used where its version is at least `from` and below `below`. */
export interface VersionRange {
  from: string;
  below: string;
}

/** What may be used instead of the pinned version where it is on PATH already. */
export const compatible = {
  pulumi: { from: versions.pulumi, below: "4.0.0" },
  kubernetes: { from: "1.34.0", below: "1.35.0" },
  etcd: { from: "3.6.0", below: "3.7.0" },
  containerd: { from: "1.6.0", below: "3.0.0" },
  runc: { from: "1.1.0", below: "2.0.0" },
  prometheus: { from: "2.40.0", below: "4.0.0" },
} as const satisfies Record<string, VersionRange>;

/** The first `1.2.3` in a text, as numbers; undefined where there is none. */
export function parseVersion(text: string): [number, number, number] | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, i) => value !== b[i]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** Whether the first version in `text` lies in the range; a text without one does not. */
export function inRange(text: string, range: VersionRange): boolean {
  const version = parseVersion(text);
  const from = parseVersion(range.from);
  const below = parseVersion(range.below);
  if (!version || !from || !below) return false;
  return compare(version, from) >= 0 && compare(version, below) < 0;
}
