import type * as k8s from "@pulumi/kubernetes";
import { resourceRule, want } from "../rule.ts";
import { deploymentType } from "./pods.ts";

export const podSpread = resourceRule<k8s.apps.v1.DeploymentArgs>({
  name: "kubernetes-pod-spread",
  title: "Pods of a Deployment avoid sharing a node",
  level: "mandatory",
  severity: "medium",
  rows: ["K8S-18"],
  why: "All pods on one node are gone together when that node is.",
  fix: "Add topologySpreadConstraints over kubernetes.io/hostname, or a podAntiAffinity.",
  link: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
  types: [deploymentType],
  *check({ props }) {
    const { affinity, topologySpreadConstraints = [] } = props.spec?.template?.spec ?? {};
    const { preferredDuringSchedulingIgnoredDuringExecution: wishes = [] } = affinity?.podAntiAffinity ?? {};
    const { requiredDuringSchedulingIgnoredDuringExecution: orders = [] } = affinity?.podAntiAffinity ?? {};
    yield () =>
      want(
        topologySpreadConstraints.length + wishes.length + orders.length > 0,
        "neither spreads its pods over nodes nor keeps them apart",
      );
  },
});
