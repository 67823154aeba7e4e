import { existsSync, readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { load } from "js-yaml";

/** Which cluster: what the Kubernetes provider is told too, so that guards ask the cluster that the update changes. */
export interface ClusterAccess {
  /** Path of a kubeconfig. Default: KUBECONFIG, else ~/.kube/config, else the pod's own service account. */
  kubeconfig?: string;
  /** Context in it. Default: its current one. */
  context?: string;
}

/** A cluster's address and what each request to it needs. */
export interface Connection {
  server: URL;
  options: RequestOptions;
  /** A bearer token that others renew: to be asked for at each request. */
  token?: () => string;
}

interface Cluster {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
}

interface User {
  token?: string;
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
}

interface Kubeconfig {
  "current-context"?: string | undefined;
  contexts: { name: string; context?: { cluster?: string; user?: string } }[];
  clusters: { name: string; cluster?: Cluster; folder: string }[];
  users: { name: string; user?: User; folder: string }[];
}

const clusterKeys = [
  "server",
  "certificate-authority",
  "certificate-authority-data",
  "insecure-skip-tls-verify",
  "tls-server-name",
];
const userKeys = ["token", "client-certificate", "client-certificate-data", "client-key", "client-key-data"];

/** What is wrong with the way to the cluster, as one sentence, or undefined. Looks at files only. */
export function accessMistake(access: ClusterAccess): string | undefined {
  const files = candidates(access);
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    if (access.kubeconfig !== undefined) {
      return `cluster.kubeconfig is "${access.kubeconfig}", and there is no such file; allowed: the path of a kubeconfig`;
    }
    if (process.env.KUBERNETES_SERVICE_HOST !== undefined) return undefined;
    return `No kubeconfig: ${files.join(", ")} is not there; set KUBECONFIG or cluster.kubeconfig to the path of one`;
  }
  let config: Kubeconfig;
  try {
    config = read(present);
  } catch (error) {
    return `The kubeconfig ${present.join(", ")} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  const names = config.contexts.map(({ name }) => name);
  if (access.context !== undefined && !names.includes(access.context)) {
    const there = names.length === 0 ? "it has none" : names.join(", ");
    return `cluster.context is "${access.context}"; allowed: a context of ${present.join(", ")}: ${there}`;
  }
  return undefined;
}

/**
 * The address and credentials for a cluster. Certificates and tokens are read here, because loading the official
 * client takes half a second of every switch; anything else (exec plugins, proxies) is left to it.
 */
export async function connect(access: ClusterAccess): Promise<Connection> {
  return plainConnection(access) ?? podConnection(access) ?? (await clientConnection(access));
}

/** Where Kubernetes puts what a pod needs to ask the API server. */
const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * By the pod's own service account. Its token is good for an hour or so and is then replaced in its file: a process that
 * kept the first one would be refused for the rest of its life.
 */
export function podConnection(
  access: ClusterAccess,
  env: Readonly<Record<string, string | undefined>> = process.env,
  folder = accountFolder,
): Connection | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  const file = join(folder, "token");
  const outside = access.kubeconfig !== undefined || candidates(access).some((path) => existsSync(path));
  if (host === undefined || outside || !existsSync(file)) return undefined;
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    options: { ca: readFileSync(join(folder, "ca.crt")) },
    token: () => readFileSync(file, "utf8").trim(),
  };
}

function plainConnection(access: ClusterAccess): Connection | undefined {
  const config = read(candidates(access).filter((file) => existsSync(file)));
  const context = config.contexts.find(
    ({ name }) => name === (access.context ?? config["current-context"]),
  )?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster);
  const user = config.users.find(({ name }) => name === context?.user);
  if (cluster?.cluster?.server === undefined || !user?.user) return undefined;
  if (!Object.keys(cluster.cluster).every((key) => clusterKeys.includes(key))) return undefined;
  if (!Object.keys(user.user).every((key) => userKeys.includes(key))) return undefined;

  const { token } = user.user;
  return {
    server: new URL(cluster.cluster.server),
    options: {
      ca: pem(cluster.folder, cluster.cluster, "certificate-authority"),
      cert: pem(user.folder, user.user, "client-certificate"),
      key: pem(user.folder, user.user, "client-key"),
      rejectUnauthorized: cluster.cluster["insecure-skip-tls-verify"] !== true,
      servername: cluster.cluster["tls-server-name"],
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    },
  };
}

async function clientConnection(access: ClusterAccess): Promise<Connection> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (access.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(access.kubeconfig);
  if (access.context !== undefined) config.setCurrentContext(access.context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error("The kubeconfig's context names no cluster");
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return { server: new URL(server), options };
}

function candidates({ kubeconfig }: ClusterAccess): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const listed = process.env.KUBECONFIG?.split(delimiter).filter((file) => file !== "") ?? [];
  // Absolute, so that a message shows where a relative path was looked for: the program runs in infra/.
  return listed.length > 0 ? listed.map((file) => resolve(file)) : [join(homedir(), ".kube", "config")];
}

/** Several files count as one, as kubectl does it: the first that has a name wins. */
function read(files: string[]): Kubeconfig {
  const parts = files.map((file) => ({ folder: dirname(resolve(file)), content: parse(file) }));
  return {
    "current-context": parts.map(({ content }) => content["current-context"]).find((name) => name),
    contexts: parts.flatMap(({ content }) => content.contexts ?? []),
    clusters: parts.flatMap(
      ({ content, folder }) => content.clusters?.map((one) => ({ ...one, folder })) ?? [],
    ),
    users: parts.flatMap(({ content, folder }) => content.users?.map((one) => ({ ...one, folder })) ?? []),
  };
}

function parse(file: string): Partial<Kubeconfig> {
  const content: unknown = load(readFileSync(file, "utf8"));
  return typeof content === "object" && content !== null ? content : {};
}

/** A certificate or key: in the kubeconfig itself, or in a file whose path is relative to it. */
function pem<K extends "certificate-authority" | "client-certificate" | "client-key">(
  folder: string,
  holder: Partial<Record<K | `${K}-data`, string>>,
  kind: K,
): Buffer | undefined {
  const data = holder[`${kind}-data`];
  if (data !== undefined) return Buffer.from(data, "base64");
  const file = holder[kind];
  return file === undefined ? undefined : readFileSync(resolve(folder, file));
}
