import { UnknownValueError, type ResourceValidationPolicy } from "@pulumi/policy";
import { Config } from "@pulumi/pulumi";
import { allowedImage, imageMistake, type ImageRule } from "../../infra/domain/image.ts";

interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
}

interface Container {
  name?: string;
  image?: string;
}

/**
 * Every container's image is pinned: by digest in production, by digest or full version elsewhere.
 *
 * Why: a pod that restarts or is added by the autoscaler pulls its image again. Behind a tag that can move, it then
 * runs a version that nobody tested, beside pods that run another one.
 *
 * Severity: critical. Frameworks: NIST SP 800-190 4.1.5 (untrusted images), SLSA (artefacts by digest).
 * https://kubernetes.io/docs/concepts/containers/images/#image-names
 */
export const immutableImage: ResourceValidationPolicy = {
  name: "kubernetes-immutable-image",
  displayName: "Images are pinned",
  description: "Container images are pinned by digest, or outside production by a full version.",
  enforcementLevel: "mandatory",
  severity: "critical",
  validateResource: ({ type, props }, report) => {
    const spec = podSpec(type, props);
    let unknown: unknown;
    for (const group of ["initContainers", "containers"] as const) {
      for (const container of spec?.[group] ?? []) {
        try {
          const mistake = containerMistake(container);
          if (mistake !== undefined) report(mistake);
        } catch (error) {
          if (!(error instanceof UnknownValueError)) throw error;
          unknown = error;
        }
      }
    }
    // Told only after every image that is known has been looked at.
    if (unknown !== undefined) throw unknown as UnknownValueError;
  },
};

function containerMistake({ name = "?", image = "" }: Container): string | undefined {
  const rule: ImageRule =
    new Config("pulse-infra").get("environment") === "production" ? "digest" : "digest or full version";
  const mistake = imageMistake(image, rule);
  if (mistake === undefined) return undefined;
  return (
    `Container ${name}: image "${image}" ${mistake}, so a restarted pod may run a version that nobody tested. ` +
    `Use ${allowedImage(rule)}.`
  );
}

/** Where each kind keeps its pod: any kind with a template has it at the same place. */
function podSpec(type: string, props: Record<string, unknown>): PodSpec | undefined {
  if (!type.startsWith("kubernetes:")) return undefined;
  if (type === "kubernetes:core/v1:Pod") return props.spec as PodSpec | undefined;
  const spec = props.spec as
    { template?: { spec?: PodSpec }; jobTemplate?: { spec?: typeof spec } } | undefined;
  return type.endsWith(":CronJob") ? spec?.jobTemplate?.spec?.template?.spec : spec?.template?.spec;
}
