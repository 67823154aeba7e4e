import { resourceRule, show, want } from "../rule.ts";
import { deploymentType, podOf } from "./pods.ts";

export const metrics = resourceRule({
  name: "kubernetes-metrics",
  title: "Pods of a Deployment say where their metrics are",
  level: "mandatory",
  severity: "medium",
  rows: ["K8S-13"],
  why: "A release is judged by the figures of its pods: pods that nobody scrapes cannot be promoted, nor rolled back in time.",
  fix: "Set the annotations prometheus.io/scrape, prometheus.io/port (a port of the pod) and prometheus.io/path on the pod template.",
  link: "https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config",
  types: [deploymentType],
  *check(resource) {
    const pod = podOf(resource);
    const annotations = pod?.metadata?.annotations ?? {};
    const port = annotations["prometheus.io/port"];
    yield () =>
      want(annotations["prometheus.io/scrape"] === "true", "does not set prometheus.io/scrape to true");
    yield () => want(annotations["prometheus.io/path"] !== undefined, "does not set prometheus.io/path");
    yield () => {
      const ports = (pod?.spec?.containers ?? []).flatMap((container) =>
        (container.ports ?? []).map(({ containerPort }) => String(containerPort)),
      );
      return want(
        ports.includes(port ?? ""),
        `has prometheus.io/port ${show(port)}, which is no port of its pods`,
      );
    };
  },
});
