import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { allowedImage, type ImageRule } from "../../infra/domain/image.ts";
import type { ListedDependencies } from "./BlueGreenServiceArgs.ts";

export interface AdmissionRulesArgs {
  /** The namespace whose pods are looked at. */
  namespace: string;
  /** Part of the policies' names, which belong to no namespace. */
  environment: string;
  /** How images have to be pinned. */
  images: ImageRule;
  /** Where images may come from: `ghcr.io/example` allows what begins with `ghcr.io/example/`. */
  registries: readonly string[];
}

/** Labels that every pod has: who it is, and who answers for it. */
const requiredLabels = ["app.kubernetes.io/name", "app.kubernetes.io/managed-by"];

/**
 * What holds for every pod of the namespace, whoever makes it: the API server itself refuses the others. The same
 * rules bind this program by its config and its policies; these also bind everybody with kubectl.
 */
export class AdmissionRules extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: AdmissionRulesArgs,
    opts: ListedDependencies<pulumi.ComponentResourceOptions> = {},
  ) {
    super("pulse:kubernetes:AdmissionRules", name, {}, opts);
    const childOpts = { parent: this, dependsOn: [...(opts.dependsOn ?? [])] };
    for (const [rule, { variables = [], ...validation }] of Object.entries(admissionRules(args))) {
      const policyName = `${args.namespace}-${args.environment}-${rule}`;
      const metadata = { name: policyName, labels: { "app.kubernetes.io/managed-by": "pulse-infra" } };
      const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
        `${name}-${rule}`,
        {
          metadata,
          spec: {
            failurePolicy: "Fail",
            matchConstraints: {
              matchPolicy: "Equivalent",
              resourceRules: [
                {
                  apiGroups: [""],
                  apiVersions: ["v1"],
                  resources: ["pods", "pods/ephemeralcontainers"],
                  operations: ["CREATE", "UPDATE"],
                  scope: "Namespaced",
                },
              ],
            },
            variables: [...variables],
            validations: [{ ...validation, reason: "Forbidden" }],
          },
        },
        childOpts,
      );
      new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        `${name}-${rule}`,
        {
          metadata,
          spec: {
            policyName,
            validationActions: ["Deny"],
            matchResources: {
              matchPolicy: "Equivalent",
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": args.namespace } },
            },
          },
        },
        { ...childOpts, dependsOn: [...childOpts.dependsOn, policy] },
      );
    }
    this.registerOutputs({});
  }
}

interface AdmissionRule {
  variables?: readonly { name: string; expression: string }[];
  /** In CEL; true lets the pod pass. */
  expression: string;
  message: string;
}

const groups = ["containers", "initContainers", "ephemeralContainers"] as const;

/** A group of a pod's containers in CEL; all but the first may be missing. */
const list = (group: (typeof groups)[number]): string =>
  group === "containers" ? "object.spec.containers" : `object.spec.?${group}.orValue([])`;

/** The images of a pod as one list. */
const imageList = {
  name: "images",
  expression: groups.map((group) => `${list(group)}.map(c, c.image)`).join(" + "),
};

/** The rules by name. Each is one sentence for whoever is refused. */
export function admissionRules({ images, registries }: AdmissionRulesArgs): Record<string, AdmissionRule> {
  const digest = "@sha256:[0-9a-f]{64}$";
  const fullVersion = ":v?[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?$";
  const pinned = images === "digest" ? digest : `(${digest})|(${fullVersion})`;
  return {
    "pinned-images": {
      variables: [imageList],
      expression: `variables.images.all(image, image.matches('${pinned}'))`,
      message: `Every image is pinned: ${allowedImage(images)}.`,
    },
    registries: {
      variables: [imageList],
      expression: `variables.images.all(image, ${registries
        .map((registry) => `image.startsWith('${registry}/')`)
        .join(" || ")})`,
      message: `Images come from ${registries.join(", ")}.`,
    },
    "no-host-access": {
      expression: [
        ...groups.map((group) => `${list(group)}.all(c, !c.?securityContext.?privileged.orValue(false))`),
        ...["hostNetwork", "hostPID", "hostIPC"].map((field) => `!object.spec.?${field}.orValue(false)`),
        "object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))",
      ].join(" && "),
      message: "Pods are not privileged, and use no namespace and no folder of their node.",
    },
    "required-labels": {
      expression: requiredLabels
        .map((label) => `'${label}' in object.metadata.?labels.orValue({})`)
        .join(" && "),
      message: `Pods have the labels ${requiredLabels.join(" and ")}.`,
    },
  };
}
