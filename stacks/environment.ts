import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { hostname, userInfo } from "node:os";
import { BlueGreenService } from "../components/kubernetes/BlueGreenService.ts";
import type { LoadedEnvironment } from "../infra/config/load.ts";
import type { EnvironmentConfig } from "../infra/config/schema.ts";
import { author } from "../infra/domain/journal.ts";
import { rolloutShare, slotStates, type SlotState } from "../infra/domain/slots.ts";
import type { Color, Weights } from "../infra/domain/traffic.ts";
import { fromPlatform } from "./fromPlatform.ts";

/** What `pulumi stack output` shows of an environment. */
export interface EnvironmentOutputs {
  activeColor: Color;
  /** Whole percent of the traffic for the idle colour. */
  canaryWeight: number;
  weights: Weights;
  /** Percent of the traffic that has the newest version. */
  rollout: number;
  slots: Record<Color, SlotState>;
  images: Partial<Record<Color, string>>;
  /** Name of the HTTPRoute. */
  route: string;
  namespace: string;
  hostname: string;
}

/** For users. */
const listener = "http";
/** For smoke tests, which ask one colour alone; not to be opened to the world. */
const internalListener = "internal";

/** The Kubernetes side of one environment. Loads the Kubernetes provider and no other. */
export async function environment({ config, secretApp }: LoadedEnvironment): Promise<EnvironmentOutputs> {
  const { activeColor, app, canaryWeight, cluster, hostname: host, images } = config;
  const { namespace } = cluster;
  // Nobody deletes by mistake what carries traffic; a sandbox is there to be thrown away.
  const protect = config.environment !== "sandbox";
  const given = await fromPlatform(config);
  const provider = clusterProvider(cluster);
  const opts: pulumi.CustomResourceOptions = { provider, protect };

  const dependsOn: pulumi.Resource[] = [];
  if (cluster.createNamespace) {
    dependsOn.push(
      new k8s.core.v1.Namespace(
        namespace,
        { metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
        opts,
      ),
    );
  }
  if (cluster.gateway.create) {
    dependsOn.push(gateway(cluster, { ...opts, dependsOn: [...dependsOn] }));
  }

  const service = new BlueGreenService(
    app.name,
    {
      ...config,
      app: { ...app, env: { ...given.env, ...(secretApp ? secretValues(app.env) : app.env) } },
      namespace,
      gateway: {
        name: cluster.gateway.name,
        namespace: cluster.gateway.namespace ?? namespace,
        listener,
        internalListener,
      },
      cluster: { kubeconfig: cluster.kubeconfig, context: cluster.context },
      update: {
        stack: pulumi.getStack(),
        by: author(process.env, userInfo().username, hostname()),
        env: process.env,
      },
    },
    { provider, protect, dependsOn },
  );

  const slots = { activeColor, canaryWeight, images };
  return {
    activeColor,
    canaryWeight,
    weights: service.weights,
    rollout: rolloutShare(slots),
    slots: slotStates(slots),
    images,
    route: app.name,
    namespace,
    hostname: host,
  };
}

/**
 * One provider for the stack, told by config which cluster it changes. Left alone, the SDK would copy KUBECONFIG's path
 * into the state, and the next machine would see a change; the plugin reads the variable by itself.
 */
function clusterProvider({ kubeconfig, context }: EnvironmentConfig["cluster"]): k8s.Provider {
  return new k8s.Provider(
    "cluster",
    { kubeconfig, context },
    { transformations: [({ props, opts }) => ({ props: { ...(props as object), kubeconfig }, opts })] },
  );
}

function gateway(
  cluster: EnvironmentConfig["cluster"],
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { name, className, httpPort, internalPort, namespace = cluster.namespace } = cluster.gateway;
  const from =
    namespace === cluster.namespace
      ? { from: "Same" }
      : { from: "Selector", selector: { matchLabels: { "kubernetes.io/metadata.name": cluster.namespace } } };
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name, namespace },
      spec: {
        gatewayClassName: className,
        listeners: [
          { name: listener, protocol: "HTTP", port: httpPort, allowedRoutes: { namespaces: from } },
          {
            name: internalListener,
            protocol: "HTTP",
            port: internalPort,
            allowedRoutes: { namespaces: from },
          },
        ],
      },
    },
    opts,
  );
}

function secretValues(env: Record<string, string>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, pulumi.secret(value)]));
}
