import { UnknownValueError, type ResourceValidationPolicy } from "@pulumi/policy";
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
 * Every container's image is pinned: by digest, or, unless `digestOnly`, by a full version. A pack does not see the
 * stack's config, so production says so with --policy-pack-config policies/production.json.
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
  description: "Container images are pinned by digest or, unless digestOnly, by a full version.",
  enforcementLevel: "mandatory",
  severity: "critical",
  configSchema: {
    properties: {
      digestOnly: {
        type: "boolean",
        default: false,
        description: "Refuse version tags too, as production does.",
      },
    },
  },
  validateResource: (args, report) => {
    const spec = podSpec(args.type, args.props);
    const rule = args.getConfig<{ digestOnly?: boolean }>().digestOnly ? "digest" : "digest or full version";
    let unknown: unknown;
    for (const group of ["initContainers", "containers"] as const) {
      for (const container of spec?.[group] ?? []) {
        try {
          const mistake = containerMistake(container, rule);
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

function containerMistake({ name = "?", image = "" }: Container, rule: ImageRule): string | undefined {
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
