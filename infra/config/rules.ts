import { allowedImage, imageMistake, imageRuleOf } from "../domain/image.ts";
import type { Mistake } from "../domain/mistake.ts";
import type { PodResources } from "../domain/namespaceQuota.ts";
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
    ...gatewayRules(config),
    ...otherRules(config),
    ...releaseRules(config.release),
  ];
}

function imageRules({ images, environment, registries, release }: Part<EnvironmentConfig>): Mistake[] {
  const rule = imageRuleOf(environment);
  const all = [
    ...colors.map((color) => [`images.${color}`, images?.[color]] as const),
    ["release.watcher.image", release?.watcher?.image] as const,
  ];
  return all.flatMap(([path, image]) => {
    const mistake = image === undefined ? undefined : imageMistake(image, rule);
    const known = registries?.some((registry) => image?.startsWith(`${registry}/`)) ?? true;
    if (image !== undefined && mistake === undefined && !known) {
      return [
        {
          path,
          problem: `is ${show(image)}, which comes from no registry in registries`,
          hint: `allowed: images of ${registries?.join(", ") ?? ""}`,
        },
      ];
    }
    if (mistake === undefined) return [];
    const where = environment === "production" ? " in production" : "";
    return [
      {
        path,
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

function gatewayRules({ cluster }: Part<EnvironmentConfig>): Mistake[] {
  const { create, httpPort, httpsPort, internalPort, kind, namespace, tls } = cluster?.gateway ?? {};
  const at = "cluster.gateway";
  const mistakes: Mistake[] = [];
  const sources = "certManagerIssuer: {name}, or secretName";
  if (create === true && tls === undefined) {
    mistakes.push({
      path: `${at}.tls`,
      problem: "is missing, but create is true",
      hint: `allowed: ${sources}`,
    });
  }
  if (create === false && tls !== undefined) {
    mistakes.push({
      path: `${at}.tls`,
      problem: "is there, but create is false",
      hint: "allowed: leave it out; the certificate is the Gateway's owner's",
    });
  }
  if (tls && (tls.certManagerIssuer === undefined) === (tls.secretName === undefined)) {
    const found = tls.secretName === undefined ? "names no certificate" : "names two certificates";
    mistakes.push({ path: `${at}.tls`, problem: found, hint: `allowed: ${sources}` });
  }
  if (tls?.secretNamespace !== undefined && tls.secretName === undefined) {
    mistakes.push({
      path: `${at}.tls.secretNamespace`,
      problem: "is there, but secretName is missing",
      hint: "allowed: both or neither",
    });
  }
  const ports = [httpPort, httpsPort, internalPort].filter((port) => port !== undefined);
  if (create === true && new Set(ports).size < ports.length) {
    mistakes.push({
      path: `${at}.httpPort`,
      problem: `is ${String(httpPort)}, httpsPort ${String(httpsPort)} and internalPort ${String(internalPort)}`,
      hint: "allowed: three different ports",
    });
  }
  if (kind === "nginx" && (namespace ?? cluster?.namespace) === cluster?.namespace) {
    mistakes.push({
      path: `${at}.namespace`,
      problem: namespace === undefined ? "is missing" : `is ${show(namespace)}, the app's own`,
      hint: "allowed with kind nginx: another one than the app's, since its proxies run beside the Gateway",
    });
  }
  return mistakes;
}

function otherRules({
  environment,
  cluster,
  otherPods,
  release,
  resources,
  rollout,
}: Part<EnvironmentConfig>): Mistake[] {
  const mistakes = [
    ...requestsWithinLimits("resources", resources),
    ...requestsWithinLimits("otherPods", otherPods),
    ...requestsWithinLimits("release.watcher.resources", release?.watcher?.resources),
  ];
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

function requestsWithinLimits(path: string, resources: Part<PodResources> | undefined): Mistake[] {
  return (["cpu", "memory"] as const).flatMap((kind) => {
    const [request, limit] = [resources?.requests?.[kind], resources?.limits?.[kind]];
    if (request === undefined || limit === undefined || (quantity(request) ?? 0) <= (quantity(limit) ?? 0))
      return [];
    return [
      {
        path: `${path}.requests.${kind}`,
        problem: `is ${show(request)}`,
        hint: `allowed: at most ${path}.limits.${kind}, which is ${show(limit)}`,
      },
    ];
  });
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
