import { hostname, userInfo } from "node:os";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AdmissionRules } from "../components/kubernetes/AdmissionRules.ts";
import { BlueGreenService } from "../components/kubernetes/BlueGreenService.ts";
import { EdgeGateway } from "../components/kubernetes/EdgeGateway.ts";
import { HardenedNamespace } from "../components/kubernetes/HardenedNamespace.ts";
import { ReleaseWatcher } from "../components/kubernetes/ReleaseWatcher.ts";
import type { LoadedEnvironment } from "../infra/config/load.ts";
import type { EnvironmentConfig } from "../infra/config/schema.ts";
import { accounts } from "../infra/domain/accounts.ts";
import { imageRuleOf } from "../infra/domain/image.ts";
import { securityHeaders } from "../infra/domain/securityHeaders.ts";
import { author } from "../infra/domain/journal.ts";
import { rolloutShare, slotStates, type SlotState } from "../infra/domain/slots.ts";
import type { Color, Weights } from "../infra/domain/traffic.ts";
import { edgeArgs, gatewayOf, namespaceArgs, watcherArgs } from "./environmentArgs.ts";
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

/** The Kubernetes side of one environment. Loads the Kubernetes provider and no other. */
export async function environment({ config, secretApp }: LoadedEnvironment): Promise<EnvironmentOutputs> {
  const { activeColor, app, canaryWeight, cluster, hostname: host, images } = config;
  const { namespace } = cluster;
  // Nobody deletes by mistake what carries traffic; a sandbox is there to be thrown away.
  const protect = config.environment !== "sandbox";
  // First, so that its plugin starts while the platform's outputs are read: together they are half of a preview.
  const provider = clusterProvider(cluster);
  const given = await fromPlatform(config);
  const opts = { provider, protect };

  const hardened = new HardenedNamespace(namespace, namespaceArgs(config, given.roleArns), opts);
  const dependsOn = [hardened];
  const rules = new AdmissionRules(
    `${namespace}-admission`,
    {
      namespace,
      environment: config.environment,
      images: imageRuleOf(config.environment),
      registries: config.registries,
    },
    { ...opts, dependsOn },
  );
  const edge = new EdgeGateway(cluster.gateway.name, edgeArgs(config), { ...opts, dependsOn });

  const service = new BlueGreenService(
    app.name,
    {
      ...config,
      app: { ...app, env: { ...given.env, ...(secretApp ? secretValues(app.env) : app.env) } },
      namespace,
      gateway: gatewayOf(config),
      responseHeaders: securityHeaders(config.edge.contentSources),
      priorityClassName: hardened.priorityClassName,
      pullSecretName: hardened.pullSecretName,
      cluster: { kubeconfig: cluster.kubeconfig, context: cluster.context },
      update: {
        stack: pulumi.getStack(),
        by: author(process.env, userInfo().username, hostname()),
        env: process.env,
      },
    },
    // The rules first: there is no moment at which they do not hold for the application's pods.
    { ...opts, dependsOn: [hardened, rules, edge] },
  );

  const watcher = watcherArgs(config, pulumi.getStack());
  if (watcher) {
    new ReleaseWatcher(
      accounts.watcher,
      {
        ...watcher,
        priorityClassName: hardened.jobPriorityClassName,
        pullSecretName: hardened.pullSecretName,
      },
      // A Gateway has its namespace by then, and the rules hold for this pod, too.
      { ...opts, dependsOn: [hardened, rules, edge] },
    );
  }

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

function secretValues(env: Record<string, string>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, pulumi.secret(value)]));
}
