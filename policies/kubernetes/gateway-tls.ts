import { stackRule, want } from "../rule.ts";
import { gatewaysOf, gatewayType, internalListener, onlyRedirects, routesAt } from "./gateway.ts";

export const gatewayTls = stackRule({
  name: "kubernetes-gateway-tls",
  title: "The Gateway speaks TLS to users, and plain HTTP only to send them there",
  level: "mandatory",
  severity: "critical",
  rows: ["K8S-16", "SEC-17", "SEC-18"],
  why: "What goes over plain HTTP can be read and changed by everybody on the way.",
  fix: "Give users a listener of protocol HTTPS that terminates TLS with a certificate (cluster.gateway.tls in the config), and let routes at an HTTP listener do nothing but redirect to https.",
  link: "https://gateway-api.sigs.k8s.io/guides/tls/",
  settings: { internalListener },
  onlyWith: gatewayType,
  *check(stack, { internalListener: internal }) {
    for (const gateway of gatewaysOf(stack)) {
      const listeners = (gateway.props.spec?.listeners ?? []).filter(({ name }) => name !== internal);
      yield [
        gateway,
        () =>
          want(
            listeners.some(({ protocol }) => protocol === "HTTPS"),
            "has no listener of protocol HTTPS for users",
          ),
      ];
      for (const { name, protocol, tls } of listeners) {
        if (protocol === "HTTPS") {
          yield [
            gateway,
            () =>
              want(
                tls?.mode !== "Passthrough" && (tls?.certificateRefs ?? []).length > 0,
                `has no certificate for its listener ${String(name)}`,
              ),
          ];
          continue;
        }
        for (const route of routesAt(stack, gateway, name)) {
          yield [
            route,
            () =>
              want(
                onlyRedirects(route),
                `answers at the plain listener ${String(name)} instead of redirecting to https`,
              ),
          ];
        }
      }
    }
  },
});
