import { UserError } from "../../../errors.ts";
import { annotation, annotations, describe } from "../naming.ts";
import { getNumber, getString, show, type Json, type KubeObject } from "../values.ts";
import { parsePath, select, type Segment } from "./json-path.ts";
import { ready, waiting, type Readiness } from "./status.ts";
import { condition } from "./workloads.ts";

/** One thing to wait for, from the annotation pulumi.com/waitFor. */
type Expectation =
  | { text: string; condition: string; status: string }
  | { text: string; path: Segment[]; value: string | undefined };

/** Undefined where the object has no such annotation. Throws UserError for one that cannot be understood. */
export function parseWaitFor(object: KubeObject): Expectation[] | undefined {
  const text = annotation(object, annotations.waitFor);
  if (text === undefined) return undefined;
  const fail = (why: string): never => {
    throw new UserError(
      `${annotations.waitFor} of ${describe(object)} is "${text}": ${why}; ` +
        `condition=Type, condition=Type=Status, jsonpath={.path}=value or a JSON array of these are allowed`,
    );
  };
  let entries: Json[] = [text];
  if (text.trimStart().startsWith("[")) {
    try {
      entries = JSON.parse(text) as Json[];
    } catch {
      fail("not a JSON array");
    }
  }
  return entries.map((entry) =>
    typeof entry === "string" ? parseOne(entry, fail) : fail("an entry is not a string"),
  );
}

function parseOne(text: string, fail: (why: string) => never): Expectation {
  if (text.startsWith("condition=")) {
    const [type = "", status = "True"] = text.slice("condition=".length).split("=");
    return type ? { text, condition: type, status } : fail("no condition is named");
  }
  const match = /^jsonpath=['"]?(?:\{(.*?)\}|([^=]+?))['"]?(?:=(.*))?$/.exec(text);
  const path = parsePath(match?.[1] ?? match?.[2] ?? "");
  return match && path ? { text, path, value: match[3] } : fail("not understood");
}

export function waitForReadiness(object: KubeObject, expectations: Expectation[]): Readiness {
  const open = expectations.filter((expectation) => !holds(object, expectation)).map(({ text }) => text);
  return open.length === 0 ? ready : waiting(`waiting for ${open.join(" and ")}`);
}

function holds(object: KubeObject, expectation: Expectation): boolean {
  if ("path" in expectation) {
    const found = select(object, expectation.path);
    if (expectation.value === undefined) return found.length > 0;
    return found.some((value) => show(value) === expectation.value);
  }
  const entry = condition(object, expectation.condition);
  // A condition about an earlier generation says nothing about this one.
  const about = getNumber(entry, "observedGeneration") ?? Infinity;
  const generation = getNumber(object, "metadata", "generation") ?? 0;
  return (
    about >= generation && getString(entry, "status")?.toLowerCase() === expectation.status.toLowerCase()
  );
}
