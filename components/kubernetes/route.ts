import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { colors, type Color, type Weights } from "../../infra/domain/traffic.ts";
import { labels, type BlueGreenServiceArgs } from "./BlueGreenServiceArgs.ts";

/** The header by which an answer's colour is known. */
export const colorHeader = "x-pulse-color";

/** The one HTTPRoute that carries user traffic: its weights are all that a switch changes. */
export function httpRoute(
  name: string,
  args: BlueGreenServiceArgs,
  weights: Weights,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { app, gateway, hostname, namespace } = args;
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
        parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: gateway.listener }],
        hostnames: [hostname],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            timeouts: { request: `${app.longestRequestSeconds}s` },
            backendRefs: colors.map((color) => backend(`${app.name}-${color}`, color, weights[color])),
          },
        ],
      },
    },
    opts,
  );
}

/** The header is more than a label: without a filter of its own Envoy Gateway has no metrics by backend. */
function backend(service: string, color: Color, weight: number) {
  return {
    name: service,
    port: 80,
    weight,
    filters: [
      {
        type: "ResponseHeaderModifier",
        responseHeaderModifier: { set: [{ name: colorHeader, value: color }] },
      },
    ],
  };
}
