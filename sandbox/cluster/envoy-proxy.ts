/** The namespace of Envoy Gateway and of every Envoy. */
export const envoyNamespace = "envoy-gateway-system";

/** The name under which Envoy Gateway answers for GatewayClasses. */
export const gatewayController = "gateway.envoyproxy.io/gatewayclass-controller";

/** How a GatewayClass names the settings of its Envoys. */
export const envoyProxyReference = {
  group: "gateway.envoyproxy.io",
  kind: "EnvoyProxy",
  name: "sandbox",
  namespace: envoyNamespace,
};

/** By default Envoy's first probe that can succeed comes after 10 s. Every container is named: they merge by name. */
const quickProbes = ["envoy", "shutdown-manager"].map((name) => ({
  name,
  startupProbe: { periodSeconds: 1, failureThreshold: 120 },
  readinessProbe: { periodSeconds: 1 },
}));

/** What differs between the levels. */
export interface EnvoyProxyDifferences {
  envoyService: object;
  envoyDeployment?: { container: { image: string } };
}

/** Two Envoys, replaced one at a time; an ending one finishes its requests and tells its clients to go elsewhere. */
export const envoyProxyObject = ({ envoyService, envoyDeployment }: EnvoyProxyDifferences) => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyProxy",
  metadata: { name: envoyProxyReference.name, namespace: envoyNamespace },
  spec: {
    shutdown: { minDrainDuration: "5s", drainTimeout: "40s" },
    provider: {
      type: "Kubernetes",
      kubernetes: {
        envoyService,
        envoyPDB: { minAvailable: 1 },
        envoyDeployment: {
          replicas: 2,
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          container: {
            ...envoyDeployment?.container,
            resources: { requests: { cpu: "50m", memory: "64Mi" } },
          },
          patch: {
            type: "StrategicMerge",
            value: { spec: { template: { spec: { containers: quickProbes } } } },
          },
        },
      },
    },
  },
});
