import type { ContainerStatus, Pod } from "./apiObjects.ts";

/** Why a pod is not ready, as a half sentence with its name; undefined when it is ready or already ending. */
export function podProblem(pod: Pod): string | undefined {
  const condition = (type: string) => pod.status?.conditions?.find((entry) => entry.type === type);
  if (pod.metadata?.deletionTimestamp !== undefined || condition("Ready")?.status === "True")
    return undefined;
  const name = pod.metadata?.name ?? "a pod";
  const scheduled = condition("PodScheduled");
  if (scheduled?.status === "False") return `${name} has no node: ${scheduled.message ?? "unschedulable"}`;
  const container = pod.status?.containerStatuses?.find(({ ready }) => !ready);
  return `${name} ${container ? containerProblem(container) : `is ${pod.status?.phase ?? "pending"}`}`;
}

function containerProblem({ state, lastState, restartCount, started, image }: ContainerStatus): string {
  const ended = state?.terminated ?? lastState?.terminated;
  const waiting = state?.waiting;
  if (waiting?.reason === "CrashLoopBackOff" || (restartCount > 0 && ended)) {
    const how = ended ? `, last with exit code ${ended.exitCode}` : "";
    return `crashes (${restartCount} restarts${how})`;
  }
  if (waiting?.reason?.includes("Image") || waiting?.reason === "ErrNeverPull") {
    return `cannot get its image ${image} (${waiting.reason}: ${waiting.message ?? "no details"})`;
  }
  if (waiting) return `waits: ${[waiting.reason, waiting.message].filter(Boolean).join(": ")}`;
  if (ended && !state?.running) return `has ended with exit code ${ended.exitCode}`;
  return started === false ? "runs, but its startup probe fails" : "runs, but its readiness probe fails";
}
