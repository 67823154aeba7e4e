import type { ToolName } from "../toolchain/index.ts";
import { controlPlaneTools } from "./context.ts";

/** The tools of the full level. */
export const fullTools = [
  ...controlPlaneTools,
  "kubelet",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "runc",
  "cni",
  "coredns",
  "metrics-server",
  "envoy-gateway",
  "envoy",
  "pause",
  "prometheus",
  "promtool",
] as const satisfies readonly ToolName[];

export type FullTool = (typeof fullTools)[number];
