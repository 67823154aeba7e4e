import type * as k8s from "@pulumi/kubernetes";
import { resourceRule, show, want } from "../rule.ts";
import { deploymentType } from "./pods.ts";

export const rollout = resourceRule<k8s.apps.v1.DeploymentArgs>({
  name: "kubernetes-rollout",
  title: "Deployments replace pods one by one, never below their number",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-03", "ENV-19"],
  why: "A rollout that takes a pod away before the new one answers loses requests.",
  fix: "Set strategy RollingUpdate with maxUnavailable 0 and maxSurge of at least 1.",
  link: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy",
  types: [deploymentType],
  *check({ props }) {
    const { type, rollingUpdate = {} } = props.spec?.strategy ?? {};
    yield () => want(type === "RollingUpdate", `has the strategy ${show(type)}, not "RollingUpdate"`);
    if (type !== "RollingUpdate") return;
    const { maxSurge, maxUnavailable } = rollingUpdate;
    yield () => want(isZero(maxUnavailable), `has maxUnavailable ${show(maxUnavailable)}, not 0`);
    yield () => want(!isZero(maxSurge), `has maxSurge ${show(maxSurge)}, and needs at least 1`);
  },
});

const isZero = (value: unknown): boolean => value === 0 || value === "0" || value === "0%";
