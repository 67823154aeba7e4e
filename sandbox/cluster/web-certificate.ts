import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Authority } from "./certificates.ts";
import { apply, type KubectlContext } from "./kubectl.ts";

/** The Secret that the sandbox's stack names, and the namespace that keeps it: it outlives the stack's own. */
const secret = { name: "pulse-localhost", namespace: "pulse-certificates" };

/** Every environment of the sandbox answers below this name. */
const domain = "pulse.localhost";

/** Path of the certificate of the authority behind the gateway's TLS, for clients. */
export const webAuthority = (dir: string): string => join(dir, "tls", "ca.crt");

/** Makes an authority of the sandbox's own and a certificate for every environment in it; once. */
function ensureCertificate(dir: string): { certificate: string; key: string } {
  const folder = join(dir, "tls");
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    const authority = new Authority("pulse-sandbox-web");
    const { certificate, key } = authority.issue({ commonName: domain, hosts: [domain, `*.${domain}`] });
    const files = { "ca.crt": authority.certificate, "tls.crt": certificate, "tls.key": key };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(draft, name), text, { mode: 0o600 });
    // All or nothing: a start killed half-way makes them anew.
    renameSync(draft, folder);
  }
  return { certificate: read("tls.crt"), key: read("tls.key") };
}

/** Puts the gateway's certificate into the cluster, for the Gateways of the stack. */
export async function provideWebCertificate(context: KubectlContext): Promise<void> {
  const { certificate, key } = ensureCertificate(context.dir);
  const { name, namespace } = secret;
  await apply(context, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": certificate, "tls.key": key },
    },
    grantFor("pulse-messages"),
  ]);
}

/** Lets the Gateways of a namespace use the certificate. */
export const grantFor = (namespace: string) => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "ReferenceGrant",
  metadata: { name: namespace, namespace: secret.namespace },
  spec: {
    from: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace }],
    to: [{ group: "", kind: "Secret", name: secret.name }],
  },
});
