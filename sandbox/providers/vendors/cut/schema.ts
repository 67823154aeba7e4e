import { readFileSync } from "node:fs";
import type { Json } from "../../shared/values.ts";
import type { KindFacts, PackageFacts, PackageName, Properties, PropertyFacts } from "../facts.ts";

interface Spec {
  type?: string;
  $ref?: string;
  items?: Spec;
  additionalProperties?: Spec;
  secret?: boolean;
  willReplaceOnChanges?: boolean;
  default?: Json;
  deprecationMessage?: string;
}

interface ObjectSpec {
  properties?: Record<string, Spec>;
  required?: string[];
}

interface ResourceSpec extends ObjectSpec {
  inputProperties?: Record<string, Spec>;
  requiredInputs?: string[];
}

interface PackageSpec {
  name: PackageName;
  version: string;
  provider?: ResourceSpec;
  resources: Record<string, ResourceSpec>;
  functions?: Record<string, { inputs?: ObjectSpec; outputs?: ObjectSpec }>;
  types?: Record<string, ObjectSpec>;
}

/** The facts of a package's schema, as `pulumi package get-schema` prints it, without its texts. */
export function factsOfSchema(path: string): PackageFacts {
  const schema = JSON.parse(readFileSync(path, "utf8")) as PackageSpec;
  const { name, version, provider = {} } = schema;
  const map = <T, R>(values: Record<string, T>, change: (value: T) => R): Record<string, R> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
  const functions = Object.entries(schema.functions ?? {}).filter(([token]) => !token.startsWith("pulumi:"));
  return {
    name,
    version,
    source: `package schema ${name} ${version}`,
    config: properties(provider.inputProperties, provider.requiredInputs),
    resources: map(schema.resources, kind),
    functions: map(Object.fromEntries(functions), ({ inputs = {}, outputs = {} }) =>
      kind({ ...outputs, inputProperties: inputs.properties ?? {}, requiredInputs: inputs.required ?? [] }),
    ),
    types: Object.fromEntries(
      Object.entries(schema.types ?? {}).map(([token, type]) => [
        lastPart(token),
        properties(type.properties, type.required),
      ]),
    ),
  };
}

const lastPart = (token: string): string => token.split(":").at(-1) ?? token;

function kind(spec: ResourceSpec): KindFacts {
  const { inputProperties = {}, requiredInputs = [], properties: all = {}, required = [] } = spec;
  const inputs = properties(inputProperties, requiredInputs);
  for (const [name, property] of Object.entries(inputs))
    if (!requiredInputs.includes(name) && required.includes(name))
      inputs[name] = { ...(typeof property === "string" ? { type: property } : property), computed: true };
  const only = Object.entries(all).filter(([name]) => !(name in inputs));
  return { inputs, outputs: properties(Object.fromEntries(only), required) };
}

function properties(specs: Record<string, Spec> = {}, required: string[] = []): Properties {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const facts: PropertyFacts = { type: typeName(spec) };
      if (required.includes(name)) facts.required = true;
      if (spec.willReplaceOnChanges) facts.replaces = true;
      if (spec.secret) facts.secret = true;
      if (spec.default !== undefined) facts.default = spec.default;
      if (spec.deprecationMessage !== undefined) facts.deprecated = true;
      return [name, Object.keys(facts).length > 1 ? facts : facts.type];
    }),
  );
}

function typeName(spec: Spec): string {
  if (spec.$ref !== undefined) return spec.$ref === "pulumi.json#/Any" ? "any" : lastPart(spec.$ref);
  if (spec.type === "array") return `${typeName(spec.items ?? {})}[]`;
  if (spec.type === "object") return `${typeName(spec.additionalProperties ?? {})}{}`;
  return spec.type ?? "any";
}
