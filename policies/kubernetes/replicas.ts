import type * as k8s from "@pulumi/kubernetes";
import { resourceRule, want } from "../rule.ts";
import { deploymentType } from "./pods.ts";

export const replicas = resourceRule<k8s.apps.v1.DeploymentArgs>({
  name: "kubernetes-replicas",
  title: "The number of pods is the autoscaler's, not the Deployment's",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-02"],
  why: "A number that two owners set changes with every update: in the middle of a busy hour the Deployment goes back to its own.",
  fix: "Leave replicas out of the Deployment, and set minReplicas of its HorizontalPodAutoscaler (scaling in the config).",
  link: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
  types: [deploymentType],
  *check({ props }) {
    yield () => want(props.spec?.replicas === undefined, `sets replicas to ${String(props.spec?.replicas)}`);
  },
});
