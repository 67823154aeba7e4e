import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
// Only the parsing of entries and the credential plugins: the package's root also loads every generated API class, which costs
// half a second at each start.
import {
  newClusters,
  newContexts,
  newUsers,
  type Cluster,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { load } from "js-yaml";
import { UserError } from "../../errors.ts";

/** How to reach one API server, as one context of a kubeconfig says. */
export interface Connection {
  /** Base address without a trailing slash. */
  server: string;
  /** Namespace of the context; objects without one go there. */
  namespace?: string;
  insecure: boolean;
  serverName?: string;
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  user?: User;
}

/** Where to look: the provider's own inputs. */
export interface KubeconfigSource {
  /** A path or the content itself; absent: KUBECONFIG, then ~/.kube/config. */
  kubeconfig?: string;
  context?: string;
  cluster?: string;
}

interface Loaded {
  folder: string;
  content: Record<string, unknown>;
  where: string;
}

/** Finds and reads the kubeconfig. Every problem is a UserError that says where it looked. */
export function loadConnection(source: KubeconfigSource): Connection {
  const files = source.kubeconfig ? [fromInput(source.kubeconfig)] : fromEnvironment();
  const where = files.map((file) => file.where).join(", ");
  try {
    return choose(files, source, where);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`kubeconfig ${where} is not usable: ${(error as Error).message}`);
  }
}

function fromInput(input: string): Loaded {
  if (input.includes("\n") || input.trimStart().startsWith("{"))
    return parse(input, process.cwd(), "given as content");
  const path = input.startsWith("~/") ? join(homedir(), input.slice(2)) : input;
  if (!existsSync(path))
    throw new UserError(`the kubeconfig ${path} does not exist: give its path or its content`);
  return read(path);
}

function fromEnvironment(): Loaded[] {
  const listed = process.env.KUBECONFIG;
  const paths = listed ? listed.split(delimiter).filter(Boolean) : [join(homedir(), ".kube", "config")];
  const found = paths.filter((path) => existsSync(path));
  if (found.length === 0)
    throw new UserError(
      `no kubeconfig: ${paths.join(", ")} (${listed ? "from KUBECONFIG" : "the default"}) does not exist; ` +
        `set KUBECONFIG, or kubernetes:kubeconfig in the stack's config`,
    );
  return found.map(read);
}

const read = (path: string): Loaded => parse(readFileSync(path, "utf8"), dirname(path), path);

function parse(text: string, folder: string, where: string): Loaded {
  let content: unknown;
  try {
    content = load(text);
  } catch (error) {
    throw new UserError(`kubeconfig ${where} is not YAML: ${(error as Error).message.split("\n")[0] ?? ""}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new UserError(
      `kubeconfig ${where} is not a kubeconfig: it should be a map with clusters, users and contexts`,
    );
  return { folder, content: content as Record<string, unknown>, where };
}

function choose(files: Loaded[], source: KubeconfigSource, where: string): Connection {
  const clusters = files.flatMap((file) =>
    newClusters(file.content.clusters).map((c) => withPaths(c, file.folder)),
  );
  const users = files.flatMap((file) => newUsers(file.content.users).map((u) => withPaths(u, file.folder)));
  const contexts = files.flatMap((file) => newContexts(file.content.contexts));
  const wanted = source.context ?? files.map((file) => file.content["current-context"]).find(Boolean);
  if (typeof wanted !== "string")
    throw new UserError(`kubeconfig ${where} names no current-context: set kubernetes:context`);
  const context = contexts.find((c) => c.name === wanted);
  if (!context)
    throw new UserError(`kubeconfig ${where} has no context "${wanted}": it has ${names(contexts)}`);
  const clusterName = source.cluster ?? context.cluster;
  const cluster = clusters.find((c) => c.name === clusterName);
  if (!cluster)
    throw new UserError(`kubeconfig ${where} has no cluster "${clusterName}": it has ${names(clusters)}`);
  return connect(
    cluster,
    users.find((u) => u.name === context.user),
    context.namespace,
  );
}

const names = (entries: { name: string }[]): string => entries.map((e) => e.name).join(", ") || "none";

/** Paths in a kubeconfig are relative to the file. */
function withPaths<T extends Cluster | User>(entry: T, folder: string): T {
  const result: Record<string, unknown> = { ...entry };
  for (const key of ["caFile", "certFile", "keyFile"]) {
    const path = result[key];
    if (typeof path === "string" && !isAbsolute(path)) result[key] = join(folder, path);
  }
  return result as unknown as T;
}

function connect(cluster: Cluster, user: User | undefined, namespace: string | undefined): Connection {
  const connection: Connection = { server: cluster.server, insecure: cluster.skipTLSVerify };
  if (namespace) connection.namespace = namespace;
  if (cluster.tlsServerName) connection.serverName = cluster.tlsServerName;
  const ca = content(cluster.caFile, cluster.caData);
  if (ca) connection.ca = ca;
  if (user) {
    connection.user = user;
    const cert = content(user.certFile, user.certData);
    const key = content(user.keyFile, user.keyData);
    if (cert) connection.cert = cert;
    if (key) connection.key = key;
  }
  return connection;
}

function content(file: string | undefined, data: string | undefined): Buffer | undefined {
  if (data) return Buffer.from(data, "base64");
  return file ? readFileSync(file) : undefined;
}
