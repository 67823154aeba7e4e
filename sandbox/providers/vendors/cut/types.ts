import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../../paths.ts";
import type { KindFacts, PackageFacts, PackageName, Properties, PropertyFacts } from "../facts.ts";

/** Which declarations of an npm package the facts are cut from. */
export interface TypedPackage {
  name: PackageName;
  npm: string;
  /** By file without ending: `s3/bucket` declares `Bucket`, `getCallerIdentity` a function. */
  resources: readonly string[];
  functions: readonly string[];
}

type Types = Map<string, ts.InterfaceDeclaration>;

/**
 * The facts in a Node.js SDK's own declarations: properties, types, what is required, what the vendor fills in, and
 * which top-level inputs are secret. Declarations do not say what forces a replacement: corrections.ts does.
 */
export function factsOfTypes(source: TypedPackage): PackageFacts {
  const folder = join(projectRoot, "node_modules", source.npm);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const namedTypes: Types = new Map();
  collect(parse(join(folder, "types/input.d.ts")), "", namedTypes);
  const cutter = new Cutter(namedTypes);
  const token = (path: string, name: string): string =>
    `${source.name}:${path.includes("/") ? path : `index/${path}`}:${name}`;
  const capital = (path: string): string => {
    const base = path.split("/").at(-1) ?? path;
    return base.charAt(0).toUpperCase() + base.slice(1);
  };
  const resources = source.resources.map((path): [string, KindFacts] => [
    token(path, capital(path)),
    cutter.resource(join(folder, path), capital(path)),
  ]);
  const functions = source.functions.map((path): [string, KindFacts] => [
    token(path, path.split("/").at(-1) ?? path),
    cutter.function(join(folder, path), capital(path)),
  ]);
  // a provider's nested settings (endpoints of two hundred services) are not looked into
  const config = new Cutter(new Map()).resource(join(folder, "provider"), "Provider").inputs;
  return {
    name: source.name,
    version,
    source: `declarations of npm ${source.npm} ${version}; replacements and enums from the provider's documentation`,
    config,
    resources: Object.fromEntries(resources),
    functions: Object.fromEntries(functions),
    types: cutter.types,
  };
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
}

/** Interfaces by qualified name: `s3.BucketVersioningVersioningConfiguration`. */
function collect(node: ts.Node, prefix: string, found: Types): void {
  node.forEachChild((child) => {
    if (ts.isInterfaceDeclaration(child)) found.set(prefix + child.name.text, child);
    else if (ts.isModuleDeclaration(child) && child.body)
      collect(child.body, `${prefix}${child.name.text}.`, found);
  });
}

class Cutter {
  readonly types: Record<string, Properties> = {};
  readonly #named: Types;

  constructor(named: Types) {
    this.#named = named;
  }

  resource(path: string, name: string): KindFacts {
    const file = parse(`${path}.d.ts`);
    const script = existsSync(`${path}.js`) ? readFileSync(`${path}.js`, "utf8") : "";
    const secrets = new Set([...script.matchAll(/pulumi\.secret\(args\??\.(\w+)\)/g)].map(([, key]) => key));
    const listed = /additionalSecretOutputs: \[([^\]]*)\]/.exec(script)?.[1] ?? "";
    for (const [, key] of listed.matchAll(/"(\w+)"/g)) secrets.add(key);
    const inputs = this.#interface(file, `${name}Args`);
    const outputs = this.#outputs(file, name);
    for (const properties of [inputs, outputs])
      for (const [key, property] of Object.entries(properties)) if (secrets.has(key)) property.secret = true;
    for (const [key, property] of Object.entries(inputs)) {
      if (!property.required && outputs[key]?.required) property.computed = true;
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- what is an input is not listed twice
      delete outputs[key];
    }
    return { inputs: written(inputs), outputs: written(outputs) };
  }

  function(path: string, name: string): KindFacts {
    const file = parse(`${path}.d.ts`);
    const inputs = this.#interface(file, `${name}Args`);
    const outputs = this.#interface(file, `${name}Result`);
    const only = Object.entries(outputs).filter(([key]) => !(key in inputs));
    return { inputs: written(inputs), outputs: written(Object.fromEntries(only)) };
  }

  #interface(file: ts.SourceFile, name: string): Record<string, PropertyFacts> {
    const found: Types = new Map();
    collect(file, "", found);
    const declaration = found.get(name);
    return declaration ? this.#members(declaration.members) : {};
  }

  #outputs(file: ts.SourceFile, name: string): Record<string, PropertyFacts> {
    const declaration = file.statements.find(
      (statement) => ts.isClassDeclaration(statement) && statement.name?.text === name,
    );
    if (!declaration || !ts.isClassDeclaration(declaration)) return {};
    return this.#members(declaration.members.filter((member) => ts.isPropertyDeclaration(member)));
  }

  #members(members: readonly (ts.TypeElement | ts.ClassElement)[]): Record<string, PropertyFacts> {
    const result: Record<string, PropertyFacts> = {};
    for (const member of members) {
      if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
      if (!member.type || !ts.isIdentifier(member.name)) continue;
      const optional = member.questionToken !== undefined || /\| undefined>?$/.test(member.type.getText());
      const property: PropertyFacts = { type: this.#typeName(member.type) };
      if (!optional) property.required = true;
      if (ts.getJSDocDeprecatedTag(member)) property.deprecated = true;
      result[member.name.text] = property;
    }
    return result;
  }

  #typeName(node: ts.TypeNode): string {
    if (ts.isParenthesizedTypeNode(node)) return this.#typeName(node.type);
    if (ts.isArrayTypeNode(node)) return `${this.#typeName(node.elementType)}[]`;
    if (ts.isUnionTypeNode(node)) {
      const names = node.types
        .filter((type) => type.kind !== ts.SyntaxKind.UndefinedKeyword)
        .map((type) => this.#typeName(type));
      if (names.includes("json")) return "json";
      return names.includes("string") ? "string" : (names[0] ?? "any");
    }
    if (ts.isTypeLiteralNode(node)) {
      const [index] = node.members;
      return index && ts.isIndexSignatureDeclaration(index) ? `${this.#typeName(index.type)}{}` : "any";
    }
    if (ts.isTypeReferenceNode(node)) return this.#reference(node);
    const text = node.getText();
    return ["string", "number", "boolean"].includes(text) ? text : "any";
  }

  #reference(node: ts.TypeReferenceNode): string {
    const name = node.typeName.getText();
    const [argument] = node.typeArguments ?? [];
    if (/^pulumi\.(Input|Output)$/.test(name) && argument) return this.#typeName(argument);
    if (name.endsWith("PolicyDocument")) return "json";
    const [space, ...path] = name.split(".");
    if (space !== "inputs" && space !== "outputs") return "string"; // enums, ARNs and other resources are texts
    const type = path.join(".");
    const declaration = this.#named.get(type);
    const known = path.at(-1) ?? type;
    if (!declaration) return "any";
    if (!(known in this.types)) {
      this.types[known] = {}; // a type may hold itself
      this.types[known] = written(this.#members(declaration.members));
    }
    return known;
  }
}

const written = (properties: Record<string, PropertyFacts>): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([name, facts]) => [
      name,
      Object.keys(facts).length > 1 ? facts : facts.type,
    ]),
  );
