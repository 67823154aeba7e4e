import { UserError } from "../../errors.ts";
import type { Target } from "./apply.ts";
import { KubeClient } from "./client.ts";
import { Discovery } from "./discovery.ts";
import type { Mutability } from "./immutable.ts";
import { loadConnection } from "./kubeconfig.ts";
import { inside, isUnknown, type JsonObject } from "./values.ts";

/** A provider's own inputs, as far as this stand-in knows them. */
export const knownSettings = [
  "alwaysRender",
  "cluster",
  "clusterIdentifier",
  "context",
  "deleteUnreachable",
  "enableConfigMapMutable",
  "enablePatchForce",
  "enableReplaceCRD",
  "enableSecretMutable",
  "enableServerSideApply",
  "helmReleaseSettings",
  "kubeClientSettings",
  "kubeconfig",
  "namespace",
  "renderYamlToDirectory",
  "skipUpdateUnreachable",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
] as const;

/** Settings that change what happens so much that ignoring them would be wrong. */
const refused: Partial<Record<(typeof knownSettings)[number], string>> = {
  renderYamlToDirectory: "rendering YAML",
  alwaysRender: "rendering YAML",
};

export interface Settings {
  /** How to reach the cluster; undefined while the kubeconfig is not known yet. */
  target: Target | undefined;
  namespace: string | undefined;
  mutability: Mutability;
  deleteUnreachable: boolean;
}

const text = (inputs: JsonObject, key: string): string | undefined => {
  const value = inside(inputs[key]);
  return typeof value === "string" && value !== "" ? value : undefined;
};

const flag = (inputs: JsonObject, key: string, variable: string): boolean => {
  const value = inside(inputs[key]);
  return value === true || value === "true" || (value === undefined && process.env[variable] === "true");
};

/** Problems of a provider's inputs, as sentences. */
export function settingProblems(inputs: JsonObject): string[] {
  const problems = Object.keys(inputs).flatMap((property) => {
    if (property === "version" || property === "pluginDownloadURL" || property.startsWith("__")) return [];
    const known = knownSettings.find((name) => name === property);
    if (!known) return [`unknown setting "${property}": ${knownSettings.join(", ")} are allowed`];
    const feature = refused[known];
    return feature
      ? [`the Kubernetes stand-in provider does not do ${feature}: install the official one`]
      : [];
  });
  const serverSide = inside(inputs.enableServerSideApply);
  if (serverSide === false || serverSide === "false")
    problems.push(
      "enableServerSideApply is false: the Kubernetes stand-in provider knows server-side apply only",
    );
  if (problems.length > 0 || notKnownYet(inputs)) return problems;
  try {
    connect(inputs);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

const notKnownYet = (inputs: JsonObject): boolean =>
  ["kubeconfig", "context", "cluster"].some((key) => isUnknown(inside(inputs[key])));

function connect(inputs: JsonObject): ReturnType<typeof loadConnection> {
  const source = {
    kubeconfig: text(inputs, "kubeconfig"),
    context: text(inputs, "context"),
    cluster: text(inputs, "cluster"),
  };
  return loadConnection(
    Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined)),
  );
}

/** Reads the kubeconfig but does not call the cluster: a preview may run before there is one. */
export function readSettings(inputs: JsonObject): Settings {
  const [problem] = settingProblems(inputs);
  if (problem) throw new UserError(problem);
  const settings: Settings = {
    target: undefined,
    namespace: text(inputs, "namespace"),
    mutability: {
      configMap: flag(inputs, "enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
      secret: flag(inputs, "enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
    },
    deleteUnreachable: flag(inputs, "deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
  };
  if (notKnownYet(inputs)) return settings;
  const connection = connect(inputs);
  settings.namespace ??= connection.namespace;
  const client = new KubeClient(connection);
  const force = flag(inputs, "enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE");
  settings.target = { client, discovery: new Discovery(client), force };
  return settings;
}
