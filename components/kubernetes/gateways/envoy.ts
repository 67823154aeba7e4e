import type { EdgeLimits, EdgeTargets, GatewayAdapter, PolicyObject } from "./adapter.ts";

const apiVersion = "gateway.envoyproxy.io/v1alpha1";
const group = "gateway.networking.k8s.io";

/**
 * Envoy Gateway 1.9 or newer. None of these policies has a field that concerns the way to the backends: one that has
 * would keep the colours from sharing their Envoy clusters (ADR 7).
 */
export const envoy: GatewayAdapter = {
  routePolicies: (limits, { route }) => ({ limits: routeLimits(limits, route) }),
  gatewayPolicies: (limits, targets) => ({ clients: clients(limits, targets) }),
};

/**
 * Each client address has a bucket of its own, which is filled once a second. Bodies are held back until they have
 * arrived, which is how Envoy bounds them, and why it cannot where there are WebSockets, whose requests never end.
 */
function routeLimits(
  { requestsPerSecond, requestSize, webSockets }: EdgeLimits,
  route: string,
): PolicyObject {
  const everybody = ["0.0.0.0/0", "::/0"];
  return {
    apiVersion,
    kind: "BackendTrafficPolicy",
    spec: {
      targetRefs: [{ group, kind: "HTTPRoute", name: route }],
      // Without it the policy replaces whatever the Gateway's say, and for that alone Envoy Gateway takes both colours of
      // this route into one Envoy cluster: nothing could be told of one colour any more (ADR 7).
      mergeType: "StrategicMerge",
      rateLimit: {
        local: {
          rules: everybody.map((value) => ({
            clientSelectors: [{ sourceCIDR: { type: "Distinct", value } }],
            limit: { requests: requestsPerSecond, unit: "Second" },
          })),
        },
      },
      ...(!webSockets && { requestBuffer: { limit: requestSize } }),
    },
  };
}

function clients(limits: EdgeLimits, { gateway = "", listener }: EdgeTargets): PolicyObject {
  const { trustedProxies } = limits;
  return {
    apiVersion,
    kind: "ClientTrafficPolicy",
    spec: {
      targetRefs: [{ group, kind: "Gateway", name: gateway, sectionName: listener }],
      tls: { minVersion: "1.2" },
      connection: { connectionLimit: { value: limits.connections } },
      timeout: {
        tcp: { tlsHandshakeTimeout: `${limits.headerTimeoutSeconds}s` },
        http: {
          requestHeadersReceivedTimeout: `${limits.headerTimeoutSeconds}s`,
          requestReceivedTimeout: `${limits.requestTimeoutSeconds}s`,
          idleTimeout: `${limits.idleTimeoutSeconds}s`,
        },
      },
      ...(trustedProxies > 0 && { clientIPDetection: { xForwardedFor: { numTrustedHops: trustedProxies } } }),
    },
  };
}
