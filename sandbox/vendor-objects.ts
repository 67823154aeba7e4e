import { existsSync } from "node:fs";
import { UserError } from "./errors.ts";
import {
  getList,
  getString,
  isObject,
  isSecret,
  show,
  type Json,
  type JsonObject,
} from "./providers/shared/values.ts";
import { markByFacts } from "./providers/vendors/check.ts";
import { Cloud, type CloudContent } from "./providers/vendors/cloud.ts";
import { kindOfToken, packages, readFacts, type PackageName } from "./providers/vendors/facts.ts";
import { vendors } from "./providers/vendors/vendors.ts";
import { cloudFile } from "./vendor-plugins.ts";

/** What stands where a secret is. */
const mask = "[secret]";

/** Secrets that the vendors' own schemas do not mark. */
const unmarked = new Set(["integrationKey", "routingKey", "dsnPublic"]);

/** Where an object's name stands, the most telling first; not every kind has a name of its own. */
const nameKeys = [
  "name",
  "variableName",
  "secretName",
  "file",
  "domain",
  "key",
  "branchPattern",
  "tagPattern",
  "branch",
  "environment",
  "bucket",
  "url",
  "service",
  "repository",
  "projectId",
  "description",
];

/**
 * Prints what the stand-in vendors hold: kind, name and id of each object, or everything as JSON.
 * @throws UserError where nothing has been applied yet, or the file was edited into something that is not JSON.
 */
export function printCloud(dir: string, options: { json: boolean; reveal: boolean }): void {
  const file = cloudFile(dir);
  if (!existsSync(file)) {
    throw new UserError(`The vendors hold nothing yet: there is no ${file}; npm start makes it.`);
  }
  const content = new Cloud(file).read();
  const shown = options.reveal ? content : withoutSecrets(content);
  const lines = options.json ? [JSON.stringify(shown, undefined, 2)] : cloudLines(content, file);
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** A list for people: a vendor's objects below its title, and what can be done with the file. */
export function cloudLines(content: CloudContent, file: string): string[] {
  const held = packages.filter((name) => objectsOf(content, name).length > 0);
  return [
    ...held.flatMap((name) => {
      const objects = objectsOf(content, name);
      return [
        `${vendors[name].title} (${objects.length})`,
        ...columns([["kind", "name", "id"], ...objects]).map((line) => `  ${line}`),
        "",
      ];
    }),
    `All of it, with every property: ${file}`,
    "Make drift: change a property there, or take an object out, then",
    "  npm run pulumi -- preview -s sandbox-platform --refresh",
    "Properties: npm run sandbox -- cloud --json (secrets are masked; --reveal shows them).",
  ];
}

/** Kind, name and id of each object, in the order of the alphabet. */
function objectsOf(content: CloudContent, vendor: PackageName): string[][] {
  return Object.entries(content[vendor] ?? {})
    .flatMap(([kind, objects]) => Object.entries(objects).map(([id, object]) => [kind, nameOf(object), id]))
    .sort((a, b) => (a.join("\0") < b.join("\0") ? -1 : 1));
}

function nameOf(object: JsonObject): string {
  const name = nameKeys.map((key) => getString(object, key)).find((text) => text !== undefined) ?? "";
  const targets = getList(object, "targets");
  return targets.length > 0 ? `${name} (${targets.map(show).join(", ")})` : name;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [width(0), width(1)];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** The same objects, with a mask for what is secret by the vendor's schema or for this project. */
export function withoutSecrets(content: CloudContent): CloudContent {
  return Object.fromEntries(
    packages
      .filter((vendor) => content[vendor])
      .map((vendor) => {
        const { resources, types } = readFacts(vendor);
        const facts = new Map(Object.entries(resources).map(([token, kind]) => [kindOfToken(token), kind]));
        const masked = Object.entries(content[vendor] ?? {}).map(([kind, objects]) => {
          const { inputs = {}, outputs = {} } = facts.get(kind) ?? {};
          const hide = (object: JsonObject) =>
            masking(markByFacts({ ...inputs, ...outputs }, types, object), "");
          return [
            kind,
            Object.fromEntries(Object.entries(objects).map(([id, object]) => [id, hide(object)])),
          ];
        });
        return [vendor, Object.fromEntries(masked)];
      }),
  );
}

function masking(value: Json, key: string): Json {
  if (isSecret(value) || (unmarked.has(key) && value !== null)) return mask;
  if (Array.isArray(value)) return value.map((item) => masking(item, ""));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, masking(child, name)]));
}
