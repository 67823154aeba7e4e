import type * as k8s from "@pulumi/kubernetes";
import { resourceRule, show } from "../rule.ts";
import { serviceType } from "./pods.ts";

const ingressType = "kubernetes:networking.k8s.io/v1:Ingress";

export const gatewayOnly = resourceRule<k8s.core.v1.ServiceArgs>({
  name: "kubernetes-gateway-only",
  title: "Nothing but the Gateway is open to the outside",
  level: "mandatory",
  severity: "critical",
  rows: ["K8S-15", "SEC-17"],
  why: "A second way in passes by the TLS, the rate limits and the weights of the Gateway.",
  fix: "Make the Service ClusterIP and attach an HTTPRoute to the Gateway.",
  link: "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
  types: [serviceType, ingressType],
  *check({ type, props }) {
    if (type === ingressType) {
      yield () => "is an Ingress, a way in beside the Gateway";
      return;
    }
    yield () => {
      const kind = props.spec?.type ?? "ClusterIP";
      return kind === "NodePort" || kind === "LoadBalancer" ? `has the type ${show(kind)}` : undefined;
    };
    yield () => {
      const addresses = props.spec?.externalIPs ?? [];
      return addresses.length > 0 ? `is open at the external addresses ${addresses.join(", ")}` : undefined;
    };
  },
});
