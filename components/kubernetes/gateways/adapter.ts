/** What an edge allows a client; figures that no portable field of the Gateway API has. */
export interface EdgeLimits {
  /** Requests a second of one client address, at each proxy. */
  requestsPerSecond: number;
  /** Largest body of a request, as a Kubernetes quantity. */
  requestSize: string;
  /** Whether the application speaks WebSocket; Envoy Gateway then bounds no bodies. */
  webSockets: boolean;
  /** Connections of all clients, at each proxy. */
  connections: number;
  /** Seconds in which a client has to send the headers, and to shake hands. */
  headerTimeoutSeconds: number;
  /** Seconds in which a client has to send the whole request. */
  requestTimeoutSeconds: number;
  /** Seconds after which a connection without a request is closed. */
  idleTimeoutSeconds: number;
  /** Proxies in front of the gateway whose X-Forwarded-For is believed; 0: the client is who connects. */
  trustedProxies: number;
}

/** Where a policy applies. */
export interface EdgeTargets {
  /** Of the Gateway, where it is this program's own. */
  gateway?: string;
  /** Listener for users. */
  listener: string;
  /** The HTTPRoute that carries user traffic. */
  route: string;
}

/** An object of the class's own API, without its namespace, which is that of its target. */
export interface PolicyObject {
  apiVersion: string;
  kind: string;
  spec: object;
}

/** What one implementation of the Gateway API needs besides the portable objects. */
export interface GatewayAdapter {
  /** Policies by a short name, for the route's namespace. */
  routePolicies(limits: EdgeLimits, targets: EdgeTargets): Record<string, PolicyObject>;
  /** Policies by a short name, for the Gateway's namespace; asked only where the Gateway is this program's own. */
  gatewayPolicies(limits: EdgeLimits, targets: EdgeTargets): Record<string, PolicyObject>;
}
