import type * as k8s from "@pulumi/kubernetes";
import { stackRule, want } from "../rule.ts";
import { beside, deploymentsOf, deploymentType, serviceType, serving } from "./pods.ts";

const autoscalerType = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

export const autoscaler = stackRule({
  name: "kubernetes-autoscaler",
  title: "Each Deployment behind a Service has an autoscaler, which keeps at least two pods where users are",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-02", "K8S-04", "K8S-05", "K8S-06"],
  why: "One pod is an outage as soon as it ends, and a fixed number of pods is too few for a busy hour.",
  fix: "Declare a HorizontalPodAutoscaler for the Deployment with minReplicas of at least 2 and both cpu and memory as metrics.",
  link: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
  settings: {
    least: { type: "number", default: 2, description: "Fewest pods of a Deployment that users reach." },
  },
  onlyWith: deploymentType,
  *check(stack, { least }) {
    const carrying = new Set(serving(stack).map(({ urn }) => urn));
    const autoscalers = stack.all<k8s.autoscaling.v2.HorizontalPodAutoscalerArgs>(autoscalerType);
    // What takes no requests, such as the release watcher, has no load that more pods would share.
    const services = stack.all<k8s.core.v1.ServiceArgs>(serviceType);
    for (const deployment of new Set(services.flatMap((service) => deploymentsOf(stack, service)))) {
      const { metadata } = deployment.props;
      const own = beside(deployment, autoscalers).find(
        ({ props }) =>
          props.spec?.scaleTargetRef?.name === metadata?.name &&
          props.spec?.scaleTargetRef?.kind === "Deployment",
      );
      if (own === undefined) {
        yield [deployment, () => "has no HorizontalPodAutoscaler"];
        continue;
      }
      const { minReplicas = 1, maxReplicas = 0, metrics = [] } = own.props.spec ?? {};
      const wanted = carrying.has(deployment.urn) ? Number(least) : 1;
      yield [
        own,
        () => want(minReplicas >= wanted, `keeps at least ${minReplicas} pods, and users need ${wanted}`),
      ];
      yield [
        own,
        () =>
          want(
            maxReplicas >= minReplicas,
            `keeps at most ${maxReplicas} pods, fewer than at least ${minReplicas}`,
          ),
      ];
      for (const name of ["cpu", "memory"]) {
        yield [
          own,
          () => {
            const target = metrics.find(({ resource }) => resource?.name === name)?.resource?.target;
            const percent = target?.averageUtilization ?? 0;
            return want(percent > 0 && percent <= 100, `has no target for ${name} between 1 and 100 percent`);
          },
        ];
      }
    }
  },
});
