import { allowedImage, imageMistake } from "../domain/image.ts";
import type { Mistake } from "../domain/mistake.ts";
import { quantity } from "../domain/quantity.ts";
import { colors, other } from "../domain/traffic.ts";
import type { Part } from "./check.ts";
import { show } from "./fields.ts";
import { releaseRules } from "./releaseRules.ts";
import type { EnvironmentConfig } from "./schema.ts";

/** Rules that need more than one key. Keys that are wrong by themselves are missing here, and their rules pass. */
export function crossRules(config: Part<EnvironmentConfig>): Mistake[] {
  return [
    ...imageRules(config),
    ...trafficRules(config),
    ...scalingRules(config),
    ...otherRules(config),
    ...releaseRules(config.release),
  ];
}

function imageRules({ images, environment }: Part<EnvironmentConfig>): Mistake[] {
  const rule = environment === "production" ? "digest" : "digest or full version";
  return colors.flatMap((color) => {
    const image = images?.[color];
    const mistake = image === undefined ? undefined : imageMistake(image, rule);
    if (mistake === undefined) return [];
    const where = environment === "production" ? " in production" : "";
    return [
      {
        path: `images.${color}`,
        problem: `is ${show(image)}, which ${mistake}`,
        hint: `allowed${where}: ${allowedImage(rule)}`,
      },
    ];
  });
}

function trafficRules({
  activeColor,
  canaryWeight = 0,
  images,
  idleSize,
}: Part<EnvironmentConfig>): Mistake[] {
  const mistakes: Mistake[] = [];
  if (activeColor !== undefined && images) {
    const idle = other(activeColor);
    if (images[activeColor] === undefined) {
      mistakes.push({
        path: `images.${activeColor}`,
        problem: `is missing, but activeColor is ${show(activeColor)}`,
        hint: `allowed: an image for the active colour`,
      });
    }
    if (canaryWeight > 0 && images[idle] === undefined) {
      mistakes.push({
        path: "canaryWeight",
        problem: `is ${canaryWeight}, but images.${idle} is missing`,
        hint: `allowed: 0, or an image for ${idle}`,
      });
    }
  }
  if (idleSize === "standby" && canaryWeight > 0) {
    mistakes.push({
      path: "idleSize",
      problem: `is "standby", but canaryWeight is ${canaryWeight}`,
      hint: `allowed: "warm" while the idle colour has traffic`,
    });
  }
  return mistakes;
}

function scalingRules({ scaling, rollout }: Part<EnvironmentConfig>): Mistake[] {
  const { minReplicas, maxReplicas, standbyReplicas } = scaling ?? {};
  return [
    ...atMost("scaling.minReplicas", minReplicas, "scaling.maxReplicas", maxReplicas),
    ...atMost("scaling.standbyReplicas", standbyReplicas, "scaling.minReplicas", minReplicas),
    ...atMost("rollout.minReady", rollout?.minReady, "scaling.minReplicas", minReplicas),
  ];
}

function otherRules({ environment, cluster, resources, rollout }: Part<EnvironmentConfig>): Mistake[] {
  const mistakes = (["cpu", "memory"] as const).flatMap((kind) => {
    const [request, limit] = [resources?.requests?.[kind], resources?.limits?.[kind]];
    if (request === undefined || limit === undefined || (quantity(request) ?? 0) <= (quantity(limit) ?? 0))
      return [];
    return [
      {
        path: `resources.requests.${kind}`,
        problem: `is ${show(request)}`,
        hint: `allowed: at most resources.limits.${kind}, which is ${show(limit)}`,
      },
    ];
  });
  const { minReadySeconds = 0, readyTimeoutSeconds = Infinity } = rollout ?? {};
  if (minReadySeconds >= readyTimeoutSeconds) {
    mistakes.push({
      path: "rollout.minReadySeconds",
      problem: `is ${minReadySeconds}`,
      hint: `allowed: less than rollout.readyTimeoutSeconds, which is ${readyTimeoutSeconds}`,
    });
  }
  if (environment === "production" && cluster && cluster.context === undefined) {
    mistakes.push({
      path: "cluster.context",
      problem: "is missing",
      hint: "allowed in production: the name of a context in the kubeconfig, so that it never goes to the cluster that happens to be current",
    });
  }
  return mistakes;
}

function atMost(
  path: string,
  value: number | undefined,
  limitPath: string,
  limit: number | undefined,
): Mistake[] {
  if (value === undefined || limit === undefined || value <= limit) return [];
  return [{ path, problem: `is ${value}`, hint: `allowed: at most ${limitPath}, which is ${limit}` }];
}
