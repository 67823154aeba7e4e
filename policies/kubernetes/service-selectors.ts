import type * as k8s from "@pulumi/kubernetes";
import { stackRule, want } from "../rule.ts";
import { selects, serviceType } from "./pods.ts";

export const serviceSelectors = stackRule({
  name: "kubernetes-service-selectors",
  title: "No two Services select the same pods",
  level: "mandatory",
  severity: "critical",
  rows: ["K8S-01", "K8S-14"],
  why: "Two colours behind selectors that overlap are one: a canary of 5 percent would reach everybody, and a switch would change nothing.",
  fix: "Give each Service a selector with the label that tells its pods from all others, such as color.",
  link: "https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service",
  onlyWith: serviceType,
  *check(stack) {
    const services = stack
      .all<k8s.core.v1.ServiceArgs>(serviceType)
      .filter(({ props }) => props.spec?.type !== "ExternalName");
    for (const [index, service] of services.entries()) {
      const { metadata, spec } = service.props;
      yield [service, () => want(Object.keys(spec?.selector ?? {}).length > 0, "has no selector")];
      for (const other of services.slice(index + 1)) {
        if (other.props.metadata?.namespace !== metadata?.namespace) continue;
        yield [
          service,
          () => {
            const [a, b] = [spec?.selector ?? {}, other.props.spec?.selector ?? {}];
            return want(
              !selects(a, b) && !selects(b, a),
              `has a selector that also takes the pods of the Service ${String(other.props.metadata?.name)}`,
            );
          },
        ];
      }
    }
  },
});
