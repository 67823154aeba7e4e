// Cuts the vendors' facts anew: `node sandbox/providers/vendors/cut/main.ts [github-schema.json]`. GitHub's schema is
// what `pulumi package get-schema github@<version>` prints; without it GitHub's facts stay as they are.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../paths.ts";
import { factsFile, kindOfToken, type PackageFacts, type PackageName, type Properties } from "../facts.ts";
import { corrections } from "./corrections.ts";
import { factsOfSchema } from "./schema.ts";
import { typedPackages } from "./sources.ts";
import { factsOfTypes } from "./types.ts";

/** @throws Error where a correction names a property that is not there, so that none outlives what it corrects. */
function correct(name: PackageName, facts: PackageFacts): PackageFacts {
  const holders = new Map<string, Properties>(Object.entries(facts.types));
  for (const [token, kind] of Object.entries(facts.resources)) holders.set(kindOfToken(token), kind.inputs);
  const change = (path: string, flags: object): void => {
    const at = path.lastIndexOf(".");
    const properties = holders.get(path.slice(0, at));
    const key = path.slice(at + 1);
    const property = properties?.[key];
    if (!properties || property === undefined) throw new Error(`${name}: there is no ${path} to correct`);
    properties[key] = { ...(typeof property === "string" ? { type: property } : property), ...flags };
  };
  const { replaces = [], secret = [], enums = {} } = corrections[name];
  for (const path of replaces) change(path, { replaces: true });
  // An object cannot move to another region: the AWS provider makes a new one for whatever has a region.
  for (const token of Object.keys(facts.resources).filter((one) => one.startsWith("aws:"))) {
    const kind = kindOfToken(token);
    if (holders.get(kind)?.region !== undefined) change(`${kind}.region`, { replaces: true });
  }
  for (const path of secret) change(path, { secret: true });
  for (const [path, words] of Object.entries(enums)) change(path, { enum: words });
  return facts;
}

/** One line for each resource, function and type, so that a difference between versions can be read. */
function write(facts: PackageFacts): void {
  const { name, version, source, config, resources, functions, types } = facts;
  const block = (entries: object): string =>
    `{\n${Object.entries(entries)
      .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(",\n")}\n }`;
  const head = Object.entries({ name, version, source, config }).map(
    ([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const rest = Object.entries({ resources, functions, types }).map(
    ([key, value]) => ` ${JSON.stringify(key)}: ${block(value)}`,
  );
  writeFileSync(factsFile(name), `{\n${[...head, ...rest].join(",\n")}\n}\n`);
}

const [githubSchema] = process.argv.slice(2);
for (const name of ["slack", "sentry", "pagerduty"] as const)
  write(correct(name, factsOfSchema(join(projectRoot, "sdks/schemas", `${name}.json`))));
if (githubSchema !== undefined) write(correct("github", factsOfSchema(githubSchema)));
for (const source of typedPackages) write(correct(source.name, factsOfTypes(source)));
