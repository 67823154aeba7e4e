import type * as k8s from "@pulumi/kubernetes";
import { resourceRule, show, want } from "../rule.ts";

const label = "pod-security.kubernetes.io/enforce";

export const namespaceRestricted = resourceRule<k8s.core.v1.NamespaceArgs>({
  name: "kubernetes-namespace-restricted",
  title: "Namespaces enforce the restricted Pod Security Standard",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-26"],
  why: "Policies here bind this program alone; the label lets the API server refuse such pods from everybody.",
  fix: `Set the label ${label} to restricted.`,
  link: "https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/",
  types: ["kubernetes:core/v1:Namespace"],
  *check({ props }) {
    yield () => {
      const value = props.metadata?.labels?.[label];
      return want(value === "restricted", `has the label ${label} ${show(value)}, not "restricted"`);
    };
  },
});
