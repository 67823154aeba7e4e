import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { colors, other, routeWeights, type Color, type Weights } from "../../infra/domain/traffic.ts";
import type { BlueGreenServiceArgs } from "./BlueGreenServiceArgs.ts";
import { colorWorkload, type ColorWorkload } from "./colorWorkload.ts";
import { guardHooks } from "./hooks.ts";
import { KubernetesCluster } from "./liveCluster.ts";
import { httpRoute } from "./route.ts";

/**
 * A web service in two colours behind one HTTPRoute. Each colour with an image has a Deployment, Service,
 * HorizontalPodAutoscaler, PodDisruptionBudget and ServiceAccount of its own; `activeColor` and `canaryWeight` change
 * the route's weights and nothing else. Guards refuse, in a sentence, to send traffic to a colour that is not ready
 * for it, to change or retire the pods of a colour that carries traffic, and to end before the gateway has accepted
 * the route.
 */
export class BlueGreenService extends pulumi.ComponentResource {
  /** The HTTPRoute that carries user traffic. */
  readonly route: k8s.apiextensions.CustomResource;
  /** What each colour with an image is made of. */
  readonly workloads: Readonly<Partial<Record<Color, ColorWorkload>>>;
  /** Share of the traffic by colour, in whole percents. */
  readonly weights: Weights;

  constructor(name: string, args: BlueGreenServiceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:kubernetes:BlueGreenService", name, {}, opts);
    const { activeColor, app, canaryWeight, idleSize, images, namespace, rollout } = args;
    this.weights = routeWeights(activeColor, canaryWeight);
    const retired = idleSize === "standby" ? other(activeColor) : undefined;

    const hooks = guardHooks({
      component: name,
      name: app.name,
      cluster: new KubernetesCluster(args.cluster, { namespace, name: app.name }),
      weights: this.weights,
      minReady: rollout.minReady,
      readyTimeoutSeconds: rollout.readyTimeoutSeconds,
      routeTimeoutSeconds: rollout.routeTimeoutSeconds,
      allowLiveChange: args.allowLiveChange,
      retired,
      resource: this,
    });

    // A component's dependsOn does not reach its children by itself.
    const dependsOn = opts.dependsOn as pulumi.Resource[] | undefined;
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
        opts: { parent: this, dependsOn },
      });
    }
    this.workloads = workloads;

    this.route = httpRoute(`${name}-route`, args, this.weights, {
      parent: this,
      dependsOn: [...(dependsOn ?? []), ...this.#routeNeeds()],
      hooks: {
        beforeCreate: [hooks.ready],
        beforeUpdate: [hooks.ready],
        afterCreate: [hooks.accepted],
        afterUpdate: [hooks.accepted],
      },
    });

    this.registerOutputs({ weights: this.weights });
  }

  /**
   * The Services it names, and all of the colours that get traffic. Not the Deployment of a colour that gets none:
   * one that is broken must not keep the traffic from moving away from it.
   */
  #routeNeeds(): pulumi.Resource[] {
    return colors.flatMap((color) => {
      const workload = this.workloads[color];
      if (!workload) return [];
      if (this.weights[color] === 0) return [workload.service];
      return [workload.service, workload.deployment, workload.autoscaler];
    });
  }
}
