import type { EdgeGatewayArgs, TlsArgs } from "../components/kubernetes/EdgeGatewayArgs.ts";
import type { HardenedNamespaceArgs } from "../components/kubernetes/HardenedNamespaceArgs.ts";
import type { ReleaseWatcherArgs } from "../components/kubernetes/ReleaseWatcherArgs.ts";
import { secretVariables } from "../infra/config/releaseRules.ts";
import type { EnvironmentConfig } from "../infra/config/schema.ts";
import { watcherFile, watcherPorts } from "../infra/config/watched.ts";
import type { FromPlatform } from "./fromPlatform.ts";

/** Name and namespace of the Gateway; by default it stands beside the application. */
export function gatewayOf({ cluster }: EnvironmentConfig): { name: string; namespace: string } {
  const { name, namespace = cluster.namespace } = cluster.gateway;
  return { name, namespace };
}

/** Where the proxies of each kind run by default: Envoy Gateway's in its own namespace, NGINX's beside the Gateway. */
function proxyNamespaces(config: EnvironmentConfig): readonly string[] {
  const { kind, proxyNamespaces: given } = config.cluster.gateway;
  return given ?? (kind === "envoy" ? ["envoy-gateway-system"] : [gatewayOf(config).namespace]);
}

export function namespaceArgs(
  config: EnvironmentConfig,
  roleArns: FromPlatform["roleArns"],
): HardenedNamespaceArgs {
  const { access, app, cluster, environment, network, otherPods, pullSecret, release, resources, scaling } =
    config;
  return {
    namespace: cluster.namespace,
    create: cluster.createNamespace,
    environment,
    app: app.name,
    appPort: app.containerPort,
    quota: {
      maxReplicas: scaling.maxReplicas,
      app: resources,
      otherPods: otherPods.count,
      other: { requests: otherPods.requests, limits: otherPods.limits },
      ...(release.watcher && { watcher: release.watcher.resources }),
    },
    network: { ...network, gatewayNamespaces: proxyNamespaces(config) },
    ...(pullSecret && { pullSecret }),
    ...access,
    roleArns,
  };
}

export function edgeArgs(config: EnvironmentConfig): EdgeGatewayArgs {
  const { app, cluster, edge, hostname } = config;
  const { className, create, httpPort, httpsPort, internalPort, kind, tls } = cluster.gateway;
  return {
    gateway: gatewayOf(config),
    ...(create &&
      tls && { own: { className, httpPort, httpsPort, internalPort, tls: certificateSource(tls) } }),
    kind,
    hostname,
    app: { name: app.name, namespace: cluster.namespace },
    limits: { ...edge, requestTimeoutSeconds: app.longestRequestSeconds },
  };
}

/** Of the release watcher; undefined where config has none. */
export function watcherArgs(
  config: EnvironmentConfig,
  stack: string,
): Omit<ReleaseWatcherArgs, "priorityClassName" | "pullSecretName"> | undefined {
  const { app, cluster, network, release } = config;
  const { watcher } = release;
  if (watcher === undefined) return undefined;
  const { image, internalUrl = release.internalUrl, resources, secretName } = watcher;
  return {
    namespace: cluster.namespace,
    app: app.name,
    image,
    resources,
    stack,
    config: watcherFile(config),
    ...(secretName !== undefined && { secret: { name: secretName, variables: secretVariables(release) } }),
    ...(internalUrl === undefined && { gateway: gatewayOf(config) }),
    network: {
      apiServer: network.apiServer,
      monitoringNamespace: network.monitoringNamespace,
      prometheusPort: network.prometheusPort,
      gatewayNamespaces: proxyNamespaces(config),
      internalPort: cluster.gateway.internalPort,
      outsidePorts: watcherPorts(config),
    },
  };
}

/** The config's rules have seen to it that exactly one source is there. */
function certificateSource(tls: NonNullable<EnvironmentConfig["cluster"]["gateway"]["tls"]>): TlsArgs {
  const { certManagerIssuer, secretName = "", secretNamespace } = tls;
  if (certManagerIssuer) return { certManagerIssuer };
  return { secretName, ...(secretNamespace !== undefined && { secretNamespace }) };
}
