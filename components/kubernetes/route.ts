import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { colors, type Color, type Weights } from "../../infra/domain/traffic.ts";
import { labels, type BlueGreenServiceArgs } from "./BlueGreenServiceArgs.ts";
import { internalListener, userListener } from "./EdgeGatewayArgs.ts";

/** The one HTTPRoute that carries user traffic: its weights are all that a switch changes. */
export function httpRoute(
  name: string,
  args: BlueGreenServiceArgs,
  weights: Weights,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { app, gateway, hostname, namespace, responseHeaders } = args;
  const set = Object.entries(responseHeaders).map(([header, value]) => ({ name: header, value }));
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: {
        name: app.name,
        namespace,
        labels: labels(app.name),
        annotations: {
          // A fixed field manager: the release driver applies the route under the same name.
          "pulumi.com/patchFieldManager": "pulse-infra",
          // A rollback must not be refused because somebody once moved the weights by hand.
          "pulumi.com/patchForce": "true",
        },
      },
      spec: {
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: userListener }],
        hostnames: [hostname],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            // Of the rule, not of a backend: a gateway merges no backend that has filters (ADR 7).
            ...(set.length > 0 && {
              filters: [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }],
            }),
            timeouts: { request: `${app.longestRequestSeconds}s` },
            backendRefs: colors.map((color) => backend(app.name, color, weights[color])),
          },
        ],
      },
    },
    opts,
  );
}

/**
 * The way to one colour alone, whatever its share of the traffic: `<color>.<hostname>` at the Gateway's internal
 * listener. Smoke tests use it, and it keeps each colour known to the gateway: a gateway that forgets a colour
 * without weight has to learn it anew at the moment of the switch, and loses requests meanwhile (ADR 7).
 */
export function colorRoute(
  name: string,
  args: BlueGreenServiceArgs,
  color: Color,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { app, gateway, hostname, namespace } = args;
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: `${app.name}-${color}`, namespace, labels: labels(app.name, color) },
      spec: {
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: internalListener }],
        hostnames: [`${color}.${hostname}`],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            timeouts: { request: `${app.longestRequestSeconds}s` },
            backendRefs: [backend(app.name, color, 1)],
          },
        ],
      },
    },
    opts,
  );
}

const backend = (app: string, color: Color, weight: number) => ({
  name: `${app}-${color}`,
  port: 80,
  weight,
});
