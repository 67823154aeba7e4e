/** The implementations of the Gateway API that this program can set limits in. */
export const gatewayKinds = ["envoy", "nginx"] as const;

export type GatewayKind = (typeof gatewayKinds)[number];
