import { compare, type ChangeKind, type Difference, type DiffResult } from "../shared/compare.ts";
import { isUnknown, plainObject, without, type JsonObject } from "../shared/values.ts";
import { autonamed, defaultsKey, wasFilled } from "./check.ts";
import { asProperty, type KindFacts, type PackageName, type Properties } from "./facts.ts";

/** Providers of Terraform's older kind, whose bridge deletes first where a given name would clash with itself. */
const deletesNamedFirst: readonly PackageName[] = ["aws", "github", "pagerduty"];

/**
 * Compares the inputs of the last update, or as refreshed or imported, with those of the program. An input that the
 * vendor fills in itself (`filled`) may be missing from the program: that is no change.
 */
export function diff(
  vendor: PackageName,
  kind: KindFacts,
  types: Record<string, Properties>,
  token: string,
  olds: JsonObject,
  news: JsonObject,
  filled: readonly string[] = [],
): DiffResult {
  const after = without(plainObject(news), defaultsKey);
  const left = filled.filter((key) => !(key in after));
  const before = without(plainObject(olds), defaultsKey, ...left);
  const found = new Map<string, ChangeKind>();
  compare(before, after, "", found);
  const changes = new Map<string, Difference>();
  for (const [path, change] of found)
    changes.set(path, { kind: change, replace: replaces(kind.inputs, types, path) });
  const paths = [...changes].filter(([, { replace }]) => replace).map(([path]) => path);
  const name = autonamed(kind, token);
  const sameName =
    name !== undefined &&
    !wasFilled(news, name) &&
    after[name] !== undefined &&
    !isUnknown(after[name]) &&
    after[name] === before[name];
  return {
    changes,
    replaces: paths,
    deleteBeforeReplace: paths.length > 0 && sameName && deletesNamedFirst.includes(vendor),
  };
}

/** Whether a step of the path is a property that cannot be changed in place. */
function replaces(properties: Properties, types: Record<string, Properties>, path: string): boolean {
  let known: Properties | undefined = properties;
  for (const [, key = ""] of path.matchAll(/(?:^|\.)([\w$]+)/g)) {
    const written: Properties[string] | undefined = known?.[key];
    if (written === undefined) return false;
    const facts = asProperty(written);
    if (facts.replaces) return true;
    known = types[facts.type.replace(/(\[\]|\{\})+$/, "")];
  }
  return false;
}
