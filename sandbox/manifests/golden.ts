import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { projectRoot } from "../paths.ts";

/** What a stack declares, as test/golden keeps it: the tests hold these files to the program. */
export interface Declared {
  type: string;
  name: string;
  inputs: unknown;
}

interface Stack {
  resources: Declared[];
}

const folder = join(projectRoot, "test/golden");

/** A Kubernetes object among the declared resources. */
export interface Manifest {
  apiVersion: string;
  kind: string;
}

/** The resources of a stack; a sentence names the known ones where there is none of that name. */
export function declared(stack: string): Declared[] {
  const file = join(folder, `${stack}.json`);
  if (!existsSync(file)) {
    const known = globSync("*.json", { cwd: folder }).map((name) => basename(name, ".json"));
    throw new UserError(`There is no stack ${stack}; there are ${known.sort().join(", ")}.`);
  }
  return (JSON.parse(readFileSync(file, "utf8")) as Stack).resources;
}

/** The Kubernetes objects of a stack, as kubectl would apply them. */
export function manifests(stack: string): Manifest[] {
  return declared(stack)
    .map(({ inputs }) => plain(inputs))
    .filter(
      (inputs): inputs is Manifest => typeof inputs === "object" && inputs !== null && "kind" in inputs,
    );
}

/** Without the marks of secrets; a golden file's secrets are made up. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "secret") return plain(first[1]);
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}
