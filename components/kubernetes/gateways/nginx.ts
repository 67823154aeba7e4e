import type { EdgeLimits, EdgeTargets, GatewayAdapter, PolicyObject } from "./adapter.ts";

const group = "gateway.networking.k8s.io";

/**
 * NGINX Gateway Fabric 2.4 or newer. It speaks TLS 1.2 and 1.3 by default. The number of connections and whom to believe about a client's address are set in its NginxProxy, which belongs to the class.
 */
export const nginx: GatewayAdapter = {
  routePolicies: (limits, { route }) => ({
    limits: rateLimit(limits, route),
    clients: clientSettings(limits, { group, kind: "HTTPRoute", name: route }),
  }),
  gatewayPolicies: () => ({}),
};

function rateLimit({ requestsPerSecond }: EdgeLimits, route: string): PolicyObject {
  return {
    apiVersion: "gateway.nginx.org/v1alpha1",
    kind: "RateLimitPolicy",
    spec: {
      targetRefs: [{ group, kind: "HTTPRoute", name: route }],
      rateLimit: {
        rejectCode: 429,
        local: {
          rules: [
            {
              key: "$binary_remote_addr",
              rate: `${requestsPerSecond}r/s`,
              // As many at once as in a second, like a bucket that is filled once a second.
              burst: requestsPerSecond,
              noDelay: true,
              zoneSize: "10m",
            },
          ],
        },
      },
    },
  };
}

function clientSettings(
  { requestSize, requestTimeoutSeconds, idleTimeoutSeconds }: EdgeLimits,
  targetRef: { group: string; kind: string; name: EdgeTargets["route"] },
): PolicyObject {
  return {
    apiVersion: "gateway.nginx.org/v1alpha1",
    kind: "ClientSettingsPolicy",
    spec: {
      targetRef,
      body: { maxSize: nginxSize(requestSize), timeout: `${requestTimeoutSeconds}s` },
      keepAlive: { timeout: { server: `${idleTimeoutSeconds}s` } },
    },
  };
}

/** 1Mi as nginx writes it: 1m. */
const nginxSize = (size: string): string =>
  size.replace(/([KMG])i$/, (_all, unit: string) => unit.toLowerCase());
