import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labels, type ListedDependencies } from "./BlueGreenServiceArgs.ts";
import {
  internalListener,
  redirectListener,
  userListener,
  type EdgeGatewayArgs,
  type TlsArgs,
} from "./EdgeGatewayArgs.ts";
import type { GatewayAdapter, PolicyObject } from "./gateways/adapter.ts";
import { envoy } from "./gateways/envoy.ts";
import { nginx } from "./gateways/nginx.ts";

const adapters: Record<EdgeGatewayArgs["kind"], GatewayAdapter> = { envoy, nginx };
const apiVersion = "gateway.networking.k8s.io/v1";

/**
 * The way in: a Gateway that speaks TLS to users, sends plain HTTP there and bounds what a client may ask for. The
 * HTTPRoutes of the application are not part of it.
 */
export class EdgeGateway extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: EdgeGatewayArgs,
    opts: ListedDependencies<pulumi.ComponentResourceOptions> = {},
  ) {
    super("pulse:kubernetes:EdgeGateway", name, {}, opts);
    const { app, gateway, hostname, own } = args;
    const childOpts = { parent: this, dependsOn: [...(opts.dependsOn ?? [])] };
    const custom = (part: string, object: PolicyObject, namespace: string, objectName: string) =>
      new k8s.apiextensions.CustomResource(
        part,
        {
          apiVersion: object.apiVersion,
          kind: object.kind,
          metadata: { name: objectName, namespace, labels: labels(app.name) },
          spec: object.spec,
        },
        childOpts,
      );

    if (own) {
      if ("certManagerIssuer" in own.tls) {
        custom(`${name}-certificate`, certificate(own.tls, args), gateway.namespace, `${gateway.name}-tls`);
      }
      childOpts.dependsOn.push(custom(name, gatewayObject(args, own), gateway.namespace, gateway.name));
    }
    custom(`${name}-redirect`, redirect(hostname, gateway), app.namespace, `${app.name}-redirect`);

    const adapter = adapters[args.kind];
    const targets = { gateway: gateway.name, listener: userListener, route: app.name };
    for (const [part, policy] of Object.entries(adapter.routePolicies(args.limits, targets))) {
      custom(`${name}-${part}`, policy, app.namespace, `${app.name}-${part}`);
    }
    for (const [part, policy] of own ? Object.entries(adapter.gatewayPolicies(args.limits, targets)) : []) {
      custom(`${name}-${part}`, policy, gateway.namespace, `${gateway.name}-${part}`);
    }
    this.registerOutputs({});
  }
}

function gatewayObject(
  { app, gateway, hostname }: EdgeGatewayArgs,
  own: NonNullable<EdgeGatewayArgs["own"]>,
): PolicyObject {
  const from =
    gateway.namespace === app.namespace
      ? { from: "Same" }
      : { from: "Selector", selector: { matchLabels: { "kubernetes.io/metadata.name": app.namespace } } };
  const allowedRoutes = { namespaces: from };
  const plain = (name: string, port: number) => ({ name, protocol: "HTTP", port, allowedRoutes });
  return {
    apiVersion,
    kind: "Gateway",
    spec: {
      gatewayClassName: own.className,
      listeners: [
        plain(redirectListener, own.httpPort),
        {
          name: userListener,
          protocol: "HTTPS",
          port: own.httpsPort,
          hostname,
          tls: { mode: "Terminate", certificateRefs: [certificateRef(own.tls, gateway.name)] },
          allowedRoutes,
        },
        plain(internalListener, own.internalPort),
      ],
    },
  };
}

/** Which Secret holds the certificate; cert-manager's is named here. */
function certificateRef(tls: TlsArgs, gateway: string) {
  if ("certManagerIssuer" in tls) return { kind: "Secret", name: `${gateway}-tls` };
  const { secretName, secretNamespace } = tls;
  return {
    kind: "Secret",
    name: secretName,
    ...(secretNamespace !== undefined && { namespace: secretNamespace }),
  };
}

function certificate(
  { certManagerIssuer }: Extract<TlsArgs, { certManagerIssuer: unknown }>,
  { gateway, hostname }: EdgeGatewayArgs,
): PolicyObject {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    spec: {
      secretName: `${gateway.name}-tls`,
      issuerRef: { group: "cert-manager.io", ...certManagerIssuer },
      dnsNames: [hostname],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      usages: ["digital signature", "server auth"],
    },
  };
}

function redirect(hostname: string, gateway: EdgeGatewayArgs["gateway"]): PolicyObject {
  return {
    apiVersion,
    kind: "HTTPRoute",
    spec: {
      parentRefs: [{ name: gateway.name, namespace: gateway.namespace, sectionName: redirectListener }],
      hostnames: [hostname],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    },
  };
}
