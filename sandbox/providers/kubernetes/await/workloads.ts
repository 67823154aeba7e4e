import { get, getList, getNumber, getString, type Json, type KubeObject } from "../values.ts";
import { failed, ready, waiting, type Readiness } from "./status.ts";

/** A condition of an object's status by its type. */
export const condition = (object: KubeObject, type: string): Json | undefined =>
  getList(object, "status", "conditions").find((entry) => getString(entry, "type") === type);

const count = (object: KubeObject, field: string): number => getNumber(object, "status", field) ?? 0;

/** Whether the controller has seen the last change at all. */
const seen = (object: KubeObject): boolean =>
  count(object, "observedGeneration") >= (getNumber(object, "metadata", "generation") ?? 0);

const unseen = waiting("its controller has not seen the change yet");

/** All pods of the new template, available, and none of the old one left. */
export function deploymentReadiness(deployment: KubeObject): Readiness {
  if (get(deployment, "spec", "paused") === true) return ready;
  if (!seen(deployment)) return unseen;
  const wanted = getNumber(deployment, "spec", "replicas") ?? 1;
  const updated = count(deployment, "updatedReplicas");
  const total = count(deployment, "replicas");
  const available = count(deployment, "availableReplicas");
  const summary = podSummary(count(deployment, "readyReplicas"), wanted, updated, available);
  const progressing = condition(deployment, "Progressing");
  if (getString(progressing, "reason") === "ProgressDeadlineExceeded")
    return failed(
      `no progress for ${getNumber(deployment, "spec", "progressDeadlineSeconds") ?? 600} s: ${summary}`,
    );
  const refused = condition(deployment, "ReplicaFailure");
  if (getString(refused, "status") === "True")
    return waiting(`${summary}; ${getString(refused, "message") ?? "pods are refused"}`);
  if (updated < wanted || available < wanted) return waiting(summary);
  if (total > updated) return waiting(`${summary}; ${total - updated} old left`);
  return ready;
}

function podSummary(readyPods: number, wanted: number, updated: number, available: number): string {
  const notes = [`${Math.min(readyPods, wanted)}/${wanted} pods ready`];
  if (updated < wanted) notes.push(`${updated} updated`);
  if (readyPods >= wanted && available < wanted) notes.push(`${available} available`);
  return notes.join(", ");
}

export function statefulSetReadiness(set: KubeObject): Readiness {
  if (!seen(set)) return unseen;
  const wanted = getNumber(set, "spec", "replicas") ?? 1;
  const readyPods = count(set, "readyReplicas");
  const updated = count(set, "updatedReplicas");
  if (readyPods < wanted) return waiting(podSummary(readyPods, wanted, wanted, wanted));
  if (getString(set, "spec", "updateStrategy", "type") === "OnDelete") return ready;
  const kept = getNumber(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  const target = Math.max(wanted - kept, 0);
  const whole =
    kept > 0 || getString(set, "status", "currentRevision") === getString(set, "status", "updateRevision");
  return updated < target || !whole ? waiting(`${updated}/${target} pods updated`) : ready;
}

export function daemonSetReadiness(set: KubeObject): Readiness {
  if (!seen(set)) return unseen;
  const wanted = count(set, "desiredNumberScheduled");
  const available = count(set, "numberAvailable");
  const updated = count(set, "updatedNumberScheduled");
  const any = getString(set, "spec", "updateStrategy", "type") === "OnDelete";
  if (!any && updated < wanted) return waiting(`${updated}/${wanted} pods updated`);
  return available < wanted ? waiting(`${available}/${wanted} pods available`) : ready;
}

export function jobReadiness(job: KubeObject): Readiness {
  if (get(job, "spec", "suspend") === true) return ready;
  const holds = (type: string): boolean => getString(condition(job, type), "status") === "True";
  if (holds("Complete")) return ready;
  if (holds("Failed")) {
    const why = condition(job, "Failed");
    return failed(`${getString(why, "reason") ?? "Failed"}: ${getString(why, "message") ?? "it failed"}`);
  }
  const wanted = getNumber(job, "spec", "completions") ?? 1;
  const broken = count(job, "failed");
  return waiting(`${count(job, "succeeded")}/${wanted} pods done${broken > 0 ? `, ${broken} failed` : ""}`);
}

export function podReadiness(pod: KubeObject): Readiness {
  const phase = getString(pod, "status", "phase");
  if (phase === "Succeeded") return ready;
  if (phase === "Failed") return failed(getString(pod, "status", "message") ?? "it failed");
  return getString(condition(pod, "Ready"), "status") === "True"
    ? ready
    : waiting(`it is ${phase ?? "not scheduled"}`);
}

/** `waitsForUser`: the storage class binds only when a pod uses the claim. */
export function claimReadiness(claim: KubeObject, waitsForUser: boolean): Readiness {
  const phase = getString(claim, "status", "phase");
  if (phase === "Bound" || waitsForUser) return ready;
  return phase === "Lost" ? failed("its volume is lost") : waiting("no volume is bound yet");
}

export interface Backing {
  /** Pods that the selector matches. */
  pods: number;
  /** Addresses in the Service's slices that take traffic. */
  endpoints: number;
}

/** Undefined backing: the Service selects nothing. No pods at all is no reason to wait: they may come later, or be another colour's. */
export function serviceReadiness(service: KubeObject, backing: Backing | undefined): Readiness {
  if (
    getString(service, "spec", "type") === "LoadBalancer" &&
    getList(service, "status", "loadBalancer", "ingress").length === 0
  )
    return waiting("no load balancer address yet");
  if (!backing || backing.pods === 0 || backing.endpoints > 0) return ready;
  return waiting(`none of its ${backing.pods} pods is a ready endpoint`);
}

export function definitionReadiness(definition: KubeObject): Readiness {
  const refused = condition(definition, "NamesAccepted");
  if (getString(refused, "status") === "False")
    return failed(getString(refused, "message") ?? "its names are taken");
  return getString(condition(definition, "Established"), "status") === "True"
    ? ready
    : waiting("not established yet");
}
