import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Authority, type Subject } from "./certificates.ts";

/** The node's address and the bridge's: pods and the API server reach the machine there. Full level only. */
export const nodeAddress = "10.244.0.1";

/** The address that Kubernetes gives the API server's Service: pods reach it there. Full level only. */
export const apiServiceAddress = "10.96.0.1";

/** Where the cluster's kubeconfig lies. */
export const kubeconfigOf = (dir: string): string => join(dir, "kubeconfig");

/** Path of a file with a key, certificate or token. */
export const credential = (dir: string, name: string): string => join(dir, "certs", name);

const subjects: Record<string, Subject> = {
  apiserver: {
    commonName: "kube-apiserver",
    hosts: ["127.0.0.1", nodeAddress, apiServiceAddress, "localhost", "kubernetes", "kubernetes.default.svc"],
  },
  // The API server as a client of the kubelet and of aggregated APIs.
  "kubelet-client": { commonName: "kube-apiserver", organization: "system:masters" },
  "front-proxy": { commonName: "front-proxy" },
  "metrics-server": { commonName: "metrics-server", hosts: ["metrics-server.kube-system.svc"] },
  kubelet: { commonName: "system:node:pulse", organization: "system:nodes", hosts: [nodeAddress] },
};

/**
 * Makes the sandbox's own certificates, service-account keys and a random admin token, readable by this user
 * alone. Does nothing where they exist: running processes hold them.
 */
export function ensureCredentials(dir: string): void {
  const folder = join(dir, "certs");
  if (existsSync(folder)) return;
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(draft, name), text, { mode: 0o600 });

  const authority = new Authority("pulse-sandbox");
  write("ca.crt", authority.certificate);
  for (const [name, subject] of Object.entries(subjects)) {
    const { certificate, key } = authority.issue(subject);
    write(`${name}.crt`, certificate);
    write(`${name}.key`, key);
  }
  const accounts = generateKeyPairSync("rsa", { modulusLength: 2048 });
  write("service-account.key", accounts.privateKey.export({ type: "pkcs1", format: "pem" }).toString());
  write("service-account.pub", accounts.publicKey.export({ type: "spki", format: "pem" }).toString());
  write("tokens.csv", `${randomBytes(32).toString("hex")},admin,admin,"system:masters"\n`);
  // All or nothing: a start killed half-way makes them anew.
  renameSync(draft, folder);
}

/** The administrator's token. */
export const adminToken = (dir: string): string =>
  readFileSync(credential(dir, "tokens.csv"), "utf8").split(",")[0] ?? "";

/** Writes the kubeconfig of the administrator for an API server on this port of 127.0.0.1. */
export function writeKubeconfig(dir: string, port: number): void {
  const token = adminToken(dir);
  const authority = readFileSync(credential(dir, "ca.crt")).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "sandbox",
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": authority },
      },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "admin" } }],
    "current-context": "sandbox",
  };
  // JSON is YAML; one field a line keeps it readable.
  writeFileSync(kubeconfigOf(dir), JSON.stringify(config, undefined, 2), { mode: 0o600 });
}
