import type { EnvironmentConfig, WatchedConfig } from "./schema.ts";

/**
 * The config file of the watcher in the cluster, in a stack file's form: what watching takes, and nothing that a switch
 * or a release changes, or each of them would restart it. JSON is YAML, too.
 */
export function watcherFile({
  app,
  cluster,
  hostname,
  release,
  rollout,
  ...config
}: EnvironmentConfig): string {
  const { watcher, ...rest } = release;
  const { gateway, namespace, context } = cluster;
  const internalUrl = watcher?.internalUrl ?? release.internalUrl;
  const prometheusUrl = watcher?.prometheusUrl ?? release.prometheus.url;
  const watched: WatchedConfig = {
    kind: config.kind,
    environment: config.environment,
    hostname,
    app: { name: app.name, healthPath: app.healthPath },
    cluster: {
      namespace,
      ...(context !== undefined && { context }),
      gateway: {
        name: gateway.name,
        ...(gateway.namespace !== undefined && { namespace: gateway.namespace }),
        internalPort: gateway.internalPort,
      },
    },
    rollout,
    release: {
      ...rest,
      ...(internalUrl !== undefined && { internalUrl }),
      prometheus: { ...release.prometheus, ...(prometheusUrl !== undefined && { url: prometheusUrl }) },
    },
  };
  const keys = Object.entries(watched).map(([key, value]) => [`pulse-infra:${key}`, value] as const);
  return `${JSON.stringify({ config: Object.fromEntries(keys) }, undefined, 2)}\n`;
}

/**
 * TCP ports outside of the cluster that the watcher connects to: those of vendors, and of a Prometheus or an internal
 * listener whose name is not one of the cluster's own.
 */
export function watcherPorts({ release }: EnvironmentConfig): number[] {
  const { announcements, watcher } = release;
  const { slack, pagerduty, sentry, github } = announcements;
  const urls = [
    watcher?.prometheusUrl ?? release.prometheus.url,
    watcher?.internalUrl ?? release.internalUrl,
    // A webhook's address is a secret; they are all at the usual port.
    slack?.url,
    pagerduty?.url,
    sentry?.url,
    github?.url,
  ];
  const ports = urls.flatMap((text) => {
    if (text === undefined) return [];
    const { hostname, port, protocol } = new URL(text);
    const inside = !hostname.includes(".") || /\.svc(\.|$)/.test(hostname);
    return inside ? [] : [port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}
