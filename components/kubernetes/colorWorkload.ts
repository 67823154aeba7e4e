import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Color } from "../../infra/domain/traffic.ts";
import {
  labels,
  selector,
  type BlueGreenServiceArgs,
  type ListedDependencies,
} from "./BlueGreenServiceArgs.ts";
import { podTemplate } from "./podTemplate.ts";

/** What carries a colour's traffic. */
export interface ColorWorkload {
  deployment: k8s.apps.v1.Deployment;
  autoscaler: k8s.autoscaling.v2.HorizontalPodAutoscaler;
}

export interface ColorWorkloadArgs {
  args: BlueGreenServiceArgs;
  color: Color;
  image: string;
  /** Logical name of the children. */
  name: string;
  /** Down to `standbyReplicas` pods, without a PodDisruptionBudget. */
  retired: boolean;
  /** Refuses to change the pods while they carry traffic. */
  templateHook: pulumi.ResourceHook;
  /** Refuses to retire the colour while it carries traffic. */
  retireHook: pulumi.ResourceHook;
  /** Journal that the pods have the image. */
  imageHook: pulumi.ResourceHook;
  /** Journal that the idle colour has its size. */
  sizeHook: pulumi.ResourceHook;
  opts: ListedDependencies<pulumi.CustomResourceOptions>;
}

/** One colour. Whether it is active is no input: a switch must not touch it. */
export function colorWorkload({ name, opts, ...workload }: ColorWorkloadArgs): ColorWorkload {
  const { args, color, image, retired } = workload;
  const { app, namespace, rollout, scaling } = args;
  const metadata = { name: `${app.name}-${color}`, namespace, labels: labels(app.name, color) };

  const account = new k8s.core.v1.ServiceAccount(
    name,
    {
      metadata,
      automountServiceAccountToken: false,
      ...(args.pullSecretName !== undefined && { imagePullSecrets: [{ name: args.pullSecretName }] }),
    },
    opts,
  );

  const rolloutTime = `${rollout.readyTimeoutSeconds * (scaling.maxReplicas + 1)}s`;
  const deployment = new k8s.apps.v1.Deployment(
    name,
    {
      metadata,
      spec: {
        // No replicas: they are the autoscaler's.
        selector: { matchLabels: selector(app.name, color) },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        minReadySeconds: rollout.minReadySeconds,
        progressDeadlineSeconds: rollout.readyTimeoutSeconds,
        template: podTemplate(args, color, image),
      },
    },
    {
      ...opts,
      dependsOn: [account, ...(opts.dependsOn ?? [])],
      hooks: {
        beforeUpdate: [workload.templateHook],
        afterCreate: [workload.imageHook],
        afterUpdate: [workload.imageHook],
      },
      // Pods are replaced one by one, each within readyTimeoutSeconds: the rollout may take that often as long.
      customTimeouts: { create: rolloutTime, update: rolloutTime },
    },
  );

  const autoscaler = new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    { metadata, spec: autoscalerSpec(args, metadata.name, retired) },
    // Not after the Deployment: it may look for its target while the first pod starts.
    { ...opts, hooks: { beforeUpdate: [workload.retireHook], afterUpdate: [workload.sizeHook] } },
  );

  if (!retired) {
    new k8s.policy.v1.PodDisruptionBudget(
      name,
      { metadata, spec: { minAvailable: 1, selector: { matchLabels: selector(app.name, color) } } },
      // Retiring a colour deletes it, so it is never protected; it holds nothing that could be lost.
      { ...opts, protect: false },
    );
  }

  return { deployment, autoscaler };
}

/** A colour's Service. It is there before the colour is, so that the route's shape never changes. */
export function colorService(
  name: string,
  { app, namespace }: BlueGreenServiceArgs,
  color: Color,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    name,
    {
      metadata: {
        name: `${app.name}-${color}`,
        namespace,
        labels: labels(app.name, color),
        // The route's guard asks for ready endpoints; and the idle colour's Service may have none.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        type: "ClusterIP",
        selector: selector(app.name, color),
        ports: [{ name: "http", port: 80, targetPort: "http" }],
      },
    },
    opts,
  );
}

function autoscalerSpec(
  { scaling, idleSize }: BlueGreenServiceArgs,
  target: string,
  retired: boolean,
): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  const average = (name: string, averageUtilization: number) => ({
    type: "Resource",
    resource: { name, target: { type: "Utilization", averageUtilization } },
  });
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
    minReplicas: retired ? scaling.standbyReplicas : scaling.minReplicas,
    maxReplicas: retired ? scaling.standbyReplicas : scaling.maxReplicas,
    metrics: [average("cpu", scaling.cpuPercent), average("memory", scaling.memoryPercent)],
    // As long as a switch back must be possible at once, neither colour gives up pods that the other may need to match.
    ...(idleSize === "warm" && { behavior: { scaleDown: { selectPolicy: "Disabled" } } }),
  };
}
