import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { accessMistake, connect, podConnection } from "../../infra/cluster/kubeconfig.ts";

const file = (names: string[], user: object, cluster: object = {}) =>
  JSON.stringify({
    "current-context": names[0],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    clusters: names.map((name) => ({
      name,
      cluster: { server: `https://${name}.example.com:6443`, ...cluster },
    })),
    users: names.map((name) => ({ name, user })),
  });

let folder: string;
const saved = process.env.KUBECONFIG;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  delete process.env.KUBECONFIG;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (saved === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = saved;
});
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe("a way to the cluster that cannot work is told before anything is touched", () => {
  test("no kubeconfig anywhere", () => {
    expect(accessMistake({})).toBe(
      `No kubeconfig: ${join(homedir(), ".kube", "config")} is not there; set KUBECONFIG or cluster.kubeconfig to the path of one`,
    );
    process.env.KUBECONFIG = "/nowhere/a:/nowhere/b";
    expect(accessMistake({})).toMatch(/^No kubeconfig: \/nowhere\/a, \/nowhere\/b is not there/);
  });

  test("a path that is not there", () => {
    expect(accessMistake({ kubeconfig: "/nowhere/kubeconfig" })).toBe(
      'cluster.kubeconfig is "/nowhere/kubeconfig", and there is no such file; allowed: the path of a kubeconfig',
    );
  });

  test("a context that is not in it", () => {
    process.env.KUBECONFIG = write("config", file(["staging", "sandbox"], {}));
    expect(accessMistake({ context: "production" })).toBe(
      `cluster.context is "production"; allowed: a context of ${process.env.KUBECONFIG}: staging, sandbox`,
    );
    expect(accessMistake({ context: "sandbox" })).toBeUndefined();
    expect(accessMistake({})).toBeUndefined();
  });

  test("a file that is no YAML", () => {
    const path = write("config", "a: [");
    expect(accessMistake({ kubeconfig: path })).toMatch(`The kubeconfig ${path} cannot be read: `);
  });
});

describe("connecting", () => {
  test("takes the token, the certificate and the context's cluster", async () => {
    const kubeconfig = write(
      "config",
      file(
        ["one", "two"],
        { token: "t0ken" },
        { "certificate-authority-data": Buffer.from("CA").toString("base64") },
      ),
    );
    const { server, options } = await connect({ kubeconfig, context: "two" });
    expect(server.href).toBe("https://two.example.com:6443/");
    expect(String(options.ca)).toBe("CA");
    expect(options.headers).toEqual({ Authorization: "Bearer t0ken" });
    expect(options.rejectUnauthorized).toBe(true);
  });

  test("reads certificates beside the kubeconfig", async () => {
    write("client.crt", "CERT");
    write("client.key", "KEY");
    const kubeconfig = write(
      "config",
      file(["one"], { "client-certificate": "client.crt", "client-key": "client.key" }),
    );
    const { options } = await connect({ kubeconfig });
    expect(options).toMatchObject({ cert: Buffer.from("CERT"), key: Buffer.from("KEY") });
  });

  test("merges the files of KUBECONFIG, first come first served", async () => {
    process.env.KUBECONFIG = [
      write("a", file(["one"], { token: "a" })),
      "/nowhere",
      write("b", file(["two", "one"], { token: "b" })),
    ].join(":");
    expect((await connect({ context: "two" })).server.host).toBe("two.example.com:6443");
    expect((await connect({})).options.headers).toEqual({ Authorization: "Bearer a" });
  });

  test("leaves exec plugins to the official client", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", interactiveMode: "Never" };
    const credential = {
      apiVersion: exec.apiVersion,
      kind: "ExecCredential",
      status: { token: "from-exec" },
    };
    const kubeconfig = write(
      "config",
      file(["one"], { exec: { ...exec, args: ["-c", `echo '${JSON.stringify(credential)}'`] } }),
    );
    const { server, options } = await connect({ kubeconfig });
    expect(server.host).toBe("one.example.com:6443");
    expect(options.headers).toMatchObject({ Authorization: "Bearer from-exec" });
  });
});

describe("in a pod", () => {
  const env = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
  const account = () => {
    write("token", "first\n");
    write("ca.crt", "CA");
    return folder;
  };

  test("its service account will do, and a token that was renewed is taken at once", () => {
    process.env.KUBECONFIG = "/nowhere/config";
    const connection = podConnection({}, env, account());
    expect(connection?.server.href).toBe("https://10.96.0.1/");
    expect(String(connection?.options.ca)).toBe("CA");
    expect(connection?.token?.()).toBe("first");
    write("token", "second\n");
    expect(connection?.token?.()).toBe("second");
    const six = podConnection({}, { ...env, KUBERNETES_SERVICE_HOST: "fd00::1" }, folder);
    expect(six?.server.host).toBe("[fd00::1]");
  });

  test("a kubeconfig comes first, and without an account there is nothing", () => {
    expect(podConnection({}, env, folder)).toBeUndefined();
    expect(podConnection({}, {}, account())).toBeUndefined();
    process.env.KUBECONFIG = write("config", file(["one"], { token: "a" }));
    expect(podConnection({}, env, account())).toBeUndefined();
    expect(podConnection({ kubeconfig: "/nowhere" }, env, account())).toBeUndefined();
  });
});
