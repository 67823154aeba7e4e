import { stackRule, want } from "../rule.ts";
import { gatewaysOf, internalListener, onlyRedirects, routesAt, routeType } from "./gateway.ts";

const policyTypes = [
  "kubernetes:gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy",
  "kubernetes:gateway.nginx.org/v1alpha1:RateLimitPolicy",
];

interface Limiting {
  metadata?: { namespace?: string };
  spec?: {
    targetRefs?: { kind?: string; name?: string }[];
    rateLimit?: { local?: { rules?: unknown[] }; global?: { rules?: unknown[] } };
  };
}

export const rateLimit = stackRule({
  name: "kubernetes-rate-limit",
  title: "Routes for users have a rate limit",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-17", "SEC-19"],
  why: "One client that sends without end takes the service from all others.",
  fix: "Attach the gateway's rate limit policy to the HTTPRoute (BackendTrafficPolicy of Envoy Gateway, RateLimitPolicy of NGINX Gateway Fabric) with at least one rule.",
  link: "https://gateway.envoyproxy.io/docs/tasks/traffic/local-rate-limit/",
  settings: { internalListener },
  onlyWith: routeType,
  *check(stack, { internalListener: internal }) {
    const limited = new Set<string>();
    for (const { props } of stack.like((type) => policyTypes.includes(type))) {
      const { metadata, spec } = props as Limiting;
      const rules = [spec?.rateLimit?.local?.rules ?? [], spec?.rateLimit?.global?.rules ?? []].flat();
      for (const { kind, name } of rules.length > 0 ? (spec?.targetRefs ?? []) : []) {
        limited.add(`${String(kind)} ${String(metadata?.namespace)}/${String(name)}`);
      }
    }
    for (const gateway of gatewaysOf(stack)) {
      const { name, namespace } = gateway.props.metadata ?? {};
      const listeners = (gateway.props.spec?.listeners ?? []).filter(
        (listener) => listener.name !== internal,
      );
      const routes = new Set(listeners.flatMap((listener) => routesAt(stack, gateway, listener.name)));
      for (const route of routes) {
        if (onlyRedirects(route)) continue;
        const own = route.props.metadata ?? {};
        const has =
          limited.has(`HTTPRoute ${String(own.namespace)}/${String(own.name)}`) ||
          limited.has(`Gateway ${String(namespace)}/${String(name)}`);
        yield [route, () => want(has, "has no rate limit, and users reach it")];
      }
    }
  },
});
