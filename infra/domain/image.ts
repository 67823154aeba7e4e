const reference =
  /^(?<name>(?:[a-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/i;
const fullVersion = /^v?(?<core>\d+\.\d+\.\d+)(?:-(?<pre>[0-9A-Za-z.-]+))?$/;

/** Where an image has to be pinned by digest, and where a full version tag will do too. */
export type ImageRule = "digest" | "digest or full version";

/** Production runs digests alone; elsewhere a full version tag will do too. */
export const imageRuleOf = (environment: string | undefined): ImageRule =>
  environment === "production" ? "digest" : "digest or full version";

/** What the rule wants, as words for a message. */
export function allowedImage(rule: ImageRule): string {
  const digest = "name@sha256:<64 hex digits>";
  return rule === "digest"
    ? `a digest, ${digest}`
    : `a digest, ${digest}, or a full version tag such as name:1.4.2`;
}

/**
 * Why a reference may not be deployed, or undefined when it may. A tag such as latest or 1.4 can point to something
 * else tomorrow: then a restarted pod runs another version than the one that was tested.
 */
export function imageMistake(image: string, rule: ImageRule): string | undefined {
  const parts = reference.exec(image)?.groups;
  if (!parts) return "is not an image reference";
  if (parts.digest) return undefined;
  if (parts.tag === undefined) return "has neither tag nor digest, which means latest";
  if (!fullVersion.test(parts.tag)) return `has the tag ${parts.tag}, which can move`;
  return rule === "digest" ? "has a tag, which can be pushed again" : undefined;
}

/** The full version in a reference's tag, without a leading v; undefined when there is none. */
export function imageVersion(image: string | undefined): string | undefined {
  const tag = image === undefined ? undefined : reference.exec(image)?.groups?.tag;
  return tag !== undefined && fullVersion.test(tag) ? tag.replace(/^v/, "") : undefined;
}

/** Order of two full versions as Semantic Versioning has it: negative, 0 or positive. A pre-release is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => fullVersion.exec(version)?.groups);
  const byCore = compareParts(left?.core?.split(".") ?? [], right?.core?.split(".") ?? []);
  if (byCore !== 0) return byCore;
  if (left?.pre === undefined || right?.pre === undefined) {
    return Number(left?.pre === undefined) - Number(right?.pre === undefined);
  }
  return compareParts(left.pre.split("."), right.pre.split("."));
}

function compareParts(left: string[], right: string[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i], right[i]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const numbers = [a, b].map((part) => (/^\d+$/.test(part) ? Number(part) : undefined));
    const [x, y] = numbers;
    if (x !== undefined && y !== undefined) {
      if (x !== y) return x - y;
    } else if (x !== undefined || y !== undefined) {
      return x !== undefined ? -1 : 1;
    } else if (a !== b) {
      return a < b ? -1 : 1;
    }
  }
  return 0;
}
