import type { Seen } from "../resource.ts";
import type { Stack } from "../stack.ts";

/** What rules read of the Gateway API's objects, which no SDK has classes for. */
export const routeType = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
export const gatewayType = "kubernetes:gateway.networking.k8s.io/v1:Gateway";

interface Metadata {
  name?: string;
  namespace?: string;
}

export interface HttpRoute {
  metadata?: Metadata;
  spec?: {
    parentRefs?: { name?: string; namespace?: string; sectionName?: string }[];
    rules?: RouteRule[];
  };
}

interface RouteRule {
  timeouts?: { request?: string };
  filters?: { type?: string; requestRedirect?: { scheme?: string } }[];
  backendRefs?: { name?: string; namespace?: string; weight?: number }[];
}

export interface Listener {
  name?: string;
  protocol?: string;
  tls?: { mode?: string; certificateRefs?: { name?: string }[] };
}

export interface Gateway {
  metadata?: Metadata;
  spec?: { listeners?: Listener[] };
}

/** Setting of rules that leave the listener for smoke tests out. */
export const internalListener = {
  type: "string",
  default: "internal",
  description: "Name of the listener for smoke tests, which is closed to the outside.",
} as const;

export const routesOf = (stack: Stack): Seen<HttpRoute>[] => stack.all(routeType);
export const gatewaysOf = (stack: Stack): Seen<Gateway>[] => stack.all(gatewayType);

/** Whether all that a route does is to send browsers to HTTPS. */
export const onlyRedirects = ({ props }: Seen<HttpRoute>): boolean => {
  const rules = props.spec?.rules ?? [];
  return (
    rules.length > 0 &&
    rules.every(({ backendRefs = [], filters = [] }) => {
      const [filter] = filters;
      return backendRefs.length === 0 && filter?.requestRedirect?.scheme === "https";
    })
  );
};

/** Routes at one listener: those that name it, and those that name none and so take all. */
export function routesAt(
  stack: Stack,
  gateway: Seen<Gateway>,
  listener: string | undefined,
): Seen<HttpRoute>[] {
  const { name, namespace } = gateway.props.metadata ?? {};
  return routesOf(stack).filter(({ props: { metadata, spec } }) =>
    (spec?.parentRefs ?? []).some(
      (parent) =>
        parent.name === name &&
        (parent.namespace ?? metadata?.namespace) === namespace &&
        (parent.sectionName === undefined || parent.sectionName === listener),
    ),
  );
}
