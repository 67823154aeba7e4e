import type * as k8s from "@pulumi/kubernetes";
import { graceMistake } from "../../infra/domain/drain.ts";
import { stackRule } from "../rule.ts";
import { routesOf } from "./gateway.ts";
import { backendsOf, containerName, deploymentsOf, deploymentType } from "./pods.ts";

export const drain = stackRule({
  name: "kubernetes-drain",
  title: "Pods behind a route have time to finish their requests when they end",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-19", "ENV-19"],
  why: "Proxies go on sending to a pod for a moment after it was told to end; without a pause before that, and time for the longest request after it, users see errors at every rollout.",
  fix: "Give each container a preStop sleep, and set terminationGracePeriodSeconds to the sleep, the route's request time-out and 10 s together.",
  link: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
  onlyWith: deploymentType,
  *check(stack) {
    const longest = new Map<string, number>();
    for (const route of routesOf(stack)) {
      const timeouts = (route.props.spec?.rules ?? []).map(({ timeouts }) => seconds(timeouts?.request));
      for (const { service } of backendsOf(stack, route)) {
        for (const { urn } of service ? deploymentsOf(stack, service) : []) {
          longest.set(urn, Math.max(longest.get(urn) ?? 0, ...timeouts));
        }
      }
    }
    for (const deployment of stack.all<k8s.apps.v1.DeploymentArgs>(deploymentType)) {
      const longestRequestSeconds = longest.get(deployment.urn);
      if (longestRequestSeconds === undefined) continue;
      const spec = deployment.props.spec?.template?.spec ?? {};
      for (const container of spec.containers ?? []) {
        yield [
          deployment,
          () => {
            const preStopSleepSeconds = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
            if (preStopSleepSeconds < 1) return `has no preStop sleep for ${containerName(container)}`;
            // 30 s is what Kubernetes takes by itself.
            return graceMistake(spec.terminationGracePeriodSeconds ?? 30, {
              preStopSleepSeconds,
              longestRequestSeconds,
            });
          },
        ];
      }
    }
  },
});

/** A duration of the Gateway API: 1h10m30s, 500ms. Without one a request may take as long as it likes: 0. */
function seconds(duration = ""): number {
  const units = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = duration.matchAll(/(\d+)(ms|h|m|s)/g);
  return [...parts].reduce((sum, [, n, unit]) => sum + Number(n) * units[unit as keyof typeof units], 0);
}
