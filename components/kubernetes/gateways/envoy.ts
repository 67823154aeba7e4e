import { quantity } from "../../../infra/domain/quantity.ts";
import type { EdgeLimits, EdgeTargets, GatewayAdapter, PolicyObject } from "./adapter.ts";

const apiVersion = "gateway.envoyproxy.io/v1alpha1";
const group = "gateway.networking.k8s.io";

/**
 * Envoy Gateway 1.9 or newer. None of these policies has a field that concerns the way to the backends: one that has
 * would keep the colours from sharing their Envoy clusters (ADR 7).
 */
export const envoy: GatewayAdapter = {
  routePolicies: (limits, { route }) => ({
    "rate-limit": rateLimit(limits, route),
    "request-size": size(limits, route),
  }),
  gatewayPolicies: (limits, targets) => ({ clients: clients(limits, targets) }),
};

const routeTarget = (name: string) => ({ group, kind: "HTTPRoute", name });

/** Each client address has a bucket of its own, which is filled once a second. */
function rateLimit({ requestsPerSecond }: EdgeLimits, route: string): PolicyObject {
  const everybody = ["0.0.0.0/0", "::/0"];
  return {
    apiVersion,
    kind: "BackendTrafficPolicy",
    spec: {
      targetRefs: [routeTarget(route)],
      rateLimit: {
        local: {
          rules: everybody.map((value) => ({
            clientSelectors: [{ sourceCIDR: { type: "Distinct", value } }],
            limit: { requests: requestsPerSecond, unit: "Second" },
          })),
        },
      },
    },
  };
}

/**
 * Not `requestBuffer`, which takes WebSockets away from the route. Only a body of unknown length is held back until it
 * has arrived, at most up to the connection's buffer, at which Envoy answers 413 by itself.
 */
function size({ requestSize }: EdgeLimits, route: string): PolicyObject {
  const inline = `local limit = ${quantity(requestSize) ?? 0}
function envoy_on_request(request)
  local headers = request:headers()
  if headers:get("upgrade") ~= nil then return end
  local length = tonumber(headers:get("content-length"))
  if length == nil then
    local body = request:body()
    length = body and body:length() or 0
  end
  if length > limit then
    request:respond({[":status"] = "413"}, "The request is larger than " .. limit .. " bytes.\\n")
  end
end
`;
  return {
    apiVersion,
    kind: "EnvoyExtensionPolicy",
    spec: { targetRefs: [routeTarget(route)], lua: [{ type: "Inline", inline }] },
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
      connection: { connectionLimit: { value: limits.connections }, bufferLimit: limits.requestSize },
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
