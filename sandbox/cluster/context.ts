import type { Report } from "../paths.ts";
import type { ToolName } from "../toolchain/index.ts";
import type { Processes } from "./processes.ts";
import type { ClusterState } from "./state.ts";

/** The tools every level with its own control plane runs. */
export const controlPlaneTools = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
] as const satisfies readonly ToolName[];

/** What the steps of a start share. */
export interface Context<T extends ToolName = (typeof controlPlaneTools)[number]> {
  /** Absolute path of the sandbox's folder. */
  dir: string;
  state: ClusterState;
  processes: Processes;
  /** Absolute paths. */
  tools: Record<T, string>;
  report: Report;
  signal?: AbortSignal | undefined;
}
