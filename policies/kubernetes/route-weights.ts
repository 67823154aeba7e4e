import { stackRule, want } from "../rule.ts";
import { routesOf, routeType } from "./gateway.ts";
import { backendsOf, deploymentsOf } from "./pods.ts";

export const routeWeights = stackRule({
  name: "kubernetes-route-weights",
  title: "Weights of a route sum to 100 and go to Deployments that exist",
  level: "mandatory",
  severity: "critical",
  rows: ["K8S-01", "K8S-14", "K8S-15"],
  why: "Requests that are sent to a Service without pods are answered with errors, and weights that do not sum to 100 are not the percents that everybody takes them for.",
  fix: "Give weight only to Services of this stack whose selector has a Deployment (images.<colour> in the config), and let activeColor and canaryWeight set the numbers.",
  link: "https://gateway-api.sigs.k8s.io/guides/traffic-splitting/",
  onlyWith: routeType,
  *check(stack) {
    for (const route of routesOf(stack)) {
      for (const { backendRefs = [] } of route.props.spec?.rules ?? []) {
        if (backendRefs.length < 2) continue;
        yield [
          route,
          () => {
            const sum = backendRefs.reduce((all, { weight = 1 }) => all + weight, 0);
            return want(sum === 100, `has weights that sum to ${sum}, not 100`);
          },
        ];
      }
      const several = (route.props.spec?.rules ?? []).some(({ backendRefs = [] }) => backendRefs.length > 1);
      for (const { name, weight, service } of backendsOf(stack, route)) {
        yield [
          route,
          () => want(service !== undefined, `sends to the Service ${name}, which is not in this stack`),
        ];
        if (service === undefined || weight === 0 || !several) continue;
        yield [
          route,
          () =>
            want(
              deploymentsOf(stack, service).length > 0,
              `gives ${weight} percent to the Service ${name}, behind which there is no Deployment`,
            ),
        ];
      }
    }
  },
});
