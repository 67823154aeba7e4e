import { get, getList, getNumber, getString, type Json, type KubeObject } from "../values.ts";
import { condition } from "./workloads.ts";

/** Reasons for which a container waits that are no trouble. */
const harmless = ["ContainerCreating", "PodInitializing"];

export const isReady = (pod: KubeObject): boolean => getString(condition(pod, "Ready"), "status") === "True";

/**
 * What keeps a pod from being ready, as a phrase; undefined where nothing is known to be wrong.
 * `probe` is the newest event of reason Unhealthy, which alone says what a failing probe saw.
 */
export function podProblem(pod: KubeObject, probe?: string): string | undefined {
  if (getString(pod, "status", "reason") === "Evicted")
    return `evicted: ${getString(pod, "status", "message") ?? ""}`;
  const scheduled = condition(pod, "PodScheduled");
  if (getString(scheduled, "status") === "False")
    return `${getString(scheduled, "reason") ?? "Unschedulable"}: ${getString(scheduled, "message") ?? "no node takes it"}`;
  const containers = ["initContainerStatuses", "containerStatuses"].flatMap((list) =>
    getList(pod, "status", list),
  );
  for (const container of containers) {
    const problem = containerProblem(container);
    if (problem) return problem;
  }
  if (get(pod, "metadata", "deletionTimestamp") !== undefined) return undefined;
  if (isReady(pod)) return undefined;
  if (probe) return oneLine(probe);
  const unready = condition(pod, "ContainersReady");
  const running = containers.some((container) => get(container, "state", "running") !== undefined);
  return running && getString(unready, "status") === "False"
    ? "running, but its readiness probe has not passed"
    : undefined;
}

function containerProblem(container: Json): string | undefined {
  const waits = getString(container, "state", "waiting", "reason");
  const message = getString(container, "state", "waiting", "message");
  const exit =
    exitOf(get(container, "lastState", "terminated")) ?? exitOf(get(container, "state", "terminated"));
  if (waits === "CrashLoopBackOff")
    return `CrashLoopBackOff: it crashes${exit ? ` with ${exit}` : ""}${restarts(container)}`;
  if (waits && !harmless.includes(waits)) return message ? `${waits}: ${oneLine(message)}` : waits;
  const ended = exitOf(get(container, "state", "terminated"));
  return ended ? `it ended with ${ended}${restarts(container)}` : undefined;
}

function exitOf(terminated: Json | undefined): string | undefined {
  const code = getNumber(terminated, "exitCode");
  if (code === undefined || code === 0) return undefined;
  const reason = getString(terminated, "reason");
  const message = getString(terminated, "message");
  const note = reason && reason !== "Error" ? ` (${reason})` : "";
  return `exit code ${code}${note}${message ? `: ${oneLine(message)}` : ""}`;
}

function restarts(container: Json): string {
  const times = getNumber(container, "restartCount") ?? 0;
  return times === 0 ? "" : `, restarted ${times === 1 ? "once" : `${times} times`}`;
}

const oneLine = (text: string): string => {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 240 ? `${line.slice(0, 237)}...` : line;
};

/** The first few pods in trouble, each with its reason: `web-1: ImagePullBackOff: ...; web-2: ...`. */
export function podProblems(
  pods: KubeObject[],
  probes: ReadonlyMap<string, string>,
  atMost = 2,
): string | undefined {
  const troubled = pods.flatMap((pod) => {
    const name = getString(pod, "metadata", "name") ?? "";
    const problem = podProblem(pod, probes.get(name));
    return problem ? [`${name}: ${problem}`] : [];
  });
  if (troubled.length === 0) return undefined;
  const more = troubled.length - atMost;
  return troubled.slice(0, atMost).join("; ") + (more > 0 ? `; and ${more} more` : "");
}
