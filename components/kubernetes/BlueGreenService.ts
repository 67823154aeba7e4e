import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Switched, UnderWay } from "../../infra/domain/journal.ts";
import { colors, other, routeWeights, type Color, type Weights } from "../../infra/domain/traffic.ts";
import type { BlueGreenServiceArgs, ListedDependencies } from "./BlueGreenServiceArgs.ts";
import { colorService, colorWorkload, type ColorWorkload } from "./colorWorkload.ts";
import { guardHooks } from "./hooks.ts";
import { journalHooks } from "./journalHooks.ts";
import { ApiClient } from "../../infra/cluster/client.ts";
import { JournalFile } from "../../infra/cluster/journal.ts";
import { KubernetesCluster } from "../../infra/cluster/liveCluster.ts";
import { colorRoute, httpRoute } from "./route.ts";

/**
 * A web service in two colours behind one HTTPRoute. Each colour has a Service, a route of its own at the internal
 * listener and, with an image, a Deployment, HorizontalPodAutoscaler, PodDisruptionBudget and ServiceAccount of its own; `activeColor` and `canaryWeight` change
 * the route's weights and nothing else. Guards refuse, in a sentence, to send traffic to a colour that is not ready
 * for it, to change or retire the pods of a colour that carries traffic, and to end before the gateway has accepted
 * the route. Every update leaves a line in the environment's journal.
 */
export class BlueGreenService extends pulumi.ComponentResource {
  /** The HTTPRoute that carries user traffic. */
  readonly route: k8s.apiextensions.CustomResource;
  /** What each colour with an image is made of. */
  readonly workloads: Readonly<Partial<Record<Color, ColorWorkload>>>;
  /** Share of the traffic by colour, in whole percents. */
  readonly weights: Weights;

  constructor(
    name: string,
    args: BlueGreenServiceArgs,
    opts: ListedDependencies<pulumi.ComponentResourceOptions> = {},
  ) {
    super("pulse:kubernetes:BlueGreenService", name, {}, opts);
    const { activeColor, app, canaryWeight, idleSize, images, namespace, rollout } = args;
    this.weights = routeWeights(activeColor, canaryWeight);
    const retired = idleSize === "standby" ? other(activeColor) : undefined;

    const client = new ApiClient(args.cluster);
    const location = { namespace, name: app.name };
    const journal = new JournalFile<UnderWay, Switched>(client, location);
    const config = { activeColor, canaryWeight, images, idleSize };
    const { stack, by, env } = args.update;
    const hooks = guardHooks({
      component: name,
      name: app.name,
      cluster: new KubernetesCluster(client, location),
      journal,
      config,
      stack,
      env,
      weights: this.weights,
      minReady: rollout.minReady,
      readyTimeoutSeconds: rollout.readyTimeoutSeconds,
      routeTimeoutSeconds: rollout.routeTimeoutSeconds,
      allowLiveChange: args.allowLiveChange,
      retired,
      resource: this,
    });

    const release = env.PULSE_RELEASE;
    const journaling = journalHooks({
      component: name,
      journal,
      config,
      by,
      resource: this,
      ...(release !== undefined && { release }),
    });

    // A component's dependsOn does not reach its children by itself.
    const { dependsOn = [] } = opts;
    const childOpts = { parent: this, dependsOn };
    const services = colors.map((color) => colorService(`${name}-${color}`, args, color, childOpts));
    const workloads: Partial<Record<Color, ColorWorkload>> = {};
    for (const color of colors) {
      const image = images[color];
      if (image === undefined) continue;
      workloads[color] = colorWorkload({
        args,
        color,
        image,
        name: `${name}-${color}`,
        retired: retired === color,
        templateHook: hooks.template[color],
        retireHook: hooks.retire[color],
        imageHook: journaling.image[color],
        sizeHook: journaling.size[color],
        opts: childOpts,
      });
    }
    this.workloads = workloads;

    const colorRoutes = colors.map((color, n) =>
      colorRoute(`${name}-${color}`, args, color, {
        parent: this,
        dependsOn: [...dependsOn, ...services.slice(n, n + 1)],
      }),
    );

    // Not the Deployment of a colour without traffic: one that is broken must not keep traffic from moving away.
    const carriers = colors.filter((color) => this.weights[color] > 0).map((color) => workloads[color]);
    this.route = httpRoute(`${name}-route`, args, this.weights, {
      parent: this,
      dependsOn: [
        ...dependsOn,
        ...services,
        ...colorRoutes,
        ...carriers.flatMap((carrier) => (carrier ? [carrier.deployment, carrier.autoscaler] : [])),
      ],
      hooks: {
        beforeCreate: [hooks.ready],
        beforeUpdate: [hooks.ready],
        afterCreate: [hooks.accepted, journaling.traffic],
        afterUpdate: [hooks.accepted, journaling.traffic],
      },
    });

    this.registerOutputs({ weights: this.weights });
  }
}
