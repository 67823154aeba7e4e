import { quantity } from "../../infra/domain/quantity.ts";
import { resourceRule, show } from "../rule.ts";
import { containerName, containersOf, hasPods, podOf } from "./pods.ts";

export const resourcesRule = resourceRule({
  name: "kubernetes-resources",
  title: "Containers have requests and limits for processor and memory",
  level: "mandatory",
  severity: "high",
  rows: ["K8S-08", "K8S-09"],
  why: "Without a request the scheduler packs pods where there is no room and the autoscaler has nothing to compare with; without a limit one container takes the node from all others.",
  fix: "Set resources.requests and resources.limits for cpu and memory, each limit at least as large as its request.",
  link: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  types: hasPods,
  *check(resource) {
    for (const container of containersOf(podOf(resource))) {
      const where = containerName(container);
      for (const name of ["cpu", "memory"]) {
        yield () => {
          const { requests = {}, limits = {} } = container.resources ?? {};
          const request = quantity(requests[name] ?? "");
          const limit = quantity(limits[name] ?? "");
          if (request === undefined || limit === undefined) {
            const missing = request === undefined ? "request" : "limit";
            const value = (request === undefined ? requests : limits)[name];
            return `has no ${missing} for ${name} in ${where} (it is ${show(value)})`;
          }
          return limit < request
            ? `has a limit for ${name} in ${where}, ${show(limits[name])}, below its request, ${show(requests[name])}`
            : undefined;
        };
      }
    }
  },
});
