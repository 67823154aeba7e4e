import type * as k8s from "@pulumi/kubernetes";
import { stackRule, want } from "../rule.ts";
import { hasPods } from "./pods.ts";

const networkPolicyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

export const defaultDeny = stackRule({
  name: "kubernetes-default-deny",
  title: "In each namespace with pods, connections are closed unless a policy opens them",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-20"],
  why: "Without it every pod of the cluster may talk to every other: one that is taken over reaches all of them.",
  fix: "Declare a NetworkPolicy with an empty podSelector, policyTypes Ingress and Egress and no rules in the namespace, and one more for each connection that is needed.",
  link: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-and-all-egress-traffic",
  *check(stack) {
    const closed = stack
      .all<k8s.networking.v1.NetworkPolicyArgs>(networkPolicyType)
      .filter(({ props: { spec } }) => {
        const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec ?? {};
        return (
          Object.keys(podSelector.matchLabels ?? {}).length === 0 &&
          (podSelector.matchExpressions ?? []).length === 0 &&
          ["Ingress", "Egress"].every((type) => policyTypes.includes(type)) &&
          ingress.length + egress.length === 0
        );
      })
      .map(({ props }) => props.metadata?.namespace);
    const told = new Set<string>();
    for (const resource of stack.like(hasPods)) {
      const { namespace = "default" } =
        (resource.props as { metadata?: { namespace?: string } }).metadata ?? {};
      if (told.has(namespace)) continue;
      told.add(namespace);
      yield [
        resource,
        () =>
          want(
            closed.includes(namespace),
            `is in the namespace ${namespace}, which has no NetworkPolicy that closes everything`,
          ),
      ];
    }
  },
});
