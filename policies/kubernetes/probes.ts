import { resourceRule, want } from "../rule.ts";
import { containerName, isLasting, podOf } from "./pods.ts";

const probes = {
  startupProbe: "a slow start is taken for a failure",
  livenessProbe: "a container that hangs is never restarted",
  readinessProbe: "it gets requests that it cannot answer yet",
} as const;

export const probesRule = resourceRule({
  name: "kubernetes-probes",
  title: "Containers that keep running have a startup, a liveness and a readiness probe",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-10", "K8S-11", "K8S-12", "K8S-22", "K8S-23"],
  why: "Without its probes Kubernetes neither knows when a container may get traffic nor when it has to be restarted, and a switch has nothing to wait for.",
  fix: "Declare the missing probe with a request, a command or a port that tells how the container is.",
  link: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
  types: isLasting,
  *check(resource) {
    for (const container of podOf(resource)?.spec?.containers ?? []) {
      for (const [probe, otherwise] of Object.entries(probes)) {
        yield () => {
          const { httpGet, tcpSocket, exec, grpc } = container[probe as keyof typeof probes] ?? {};
          const asks = [httpGet, tcpSocket, exec, grpc].some((way) => way !== undefined);
          return want(asks, `has no ${probe} for ${containerName(container)}: ${otherwise}`);
        };
      }
    }
  },
});
