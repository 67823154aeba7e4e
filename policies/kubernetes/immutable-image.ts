import { allowedImage, imageMistake } from "../../infra/domain/image.ts";
import { resourceRule } from "../rule.ts";
import { containerName, containersOf, hasPods, podOf } from "./pods.ts";

export const immutableImage = resourceRule({
  name: "kubernetes-immutable-image",
  title: "Container images are pinned by digest or, unless digestOnly, by a full version",
  level: "mandatory",
  severity: "critical",
  rows: ["K8S-21"],
  why: "A pod that restarts pulls its image again; behind a tag that can move it then runs a version that nobody tested, beside pods that run another one.",
  fix: "Use a digest, name@sha256:<64 hex digits>, or, where it is allowed, a full version tag such as name:1.4.2.",
  link: "https://kubernetes.io/docs/concepts/containers/images/#image-names",
  settings: {
    digestOnly: {
      type: "boolean",
      default: false,
      description: "Refuse version tags too, as production does.",
    },
  },
  types: hasPods,
  *check(resource, { digestOnly }) {
    const rule = digestOnly === true ? "digest" : "digest or full version";
    for (const container of containersOf(podOf(resource))) {
      yield () => {
        const { image = "" } = container;
        const mistake = imageMistake(image, rule);
        return (
          mistake &&
          `has in ${containerName(container)} the image "${image}", which ${mistake}; allowed is ${allowedImage(rule)}`
        );
      };
    }
  },
});
