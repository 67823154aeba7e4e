import { resourceRule, want } from "../rule.ts";
import { containerName, containersOf, hasPods, podOf } from "./pods.ts";

export const readOnlyRoot = resourceRule({
  name: "kubernetes-read-only-root",
  title: "Containers cannot write to their root filesystem",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-23"],
  why: "Whoever gets into a container could change its programs there, and stay.",
  fix: "Set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the application writes.",
  link: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
  types: hasPods,
  *check(resource) {
    for (const container of containersOf(podOf(resource))) {
      yield () =>
        want(
          container.securityContext?.readOnlyRootFilesystem === true,
          `lets ${containerName(container)} write to its root filesystem`,
        );
    }
  },
});
