import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { apply, type Target } from "../../sandbox/providers/kubernetes/apply.ts";
import { KubeClient } from "../../sandbox/providers/kubernetes/client.ts";
import { Discovery } from "../../sandbox/providers/kubernetes/discovery.ts";
import { loadConnection } from "../../sandbox/providers/kubernetes/kubeconfig.ts";
import { settingProblems } from "../../sandbox/providers/kubernetes/settings.ts";
import { unknownValue, type JsonObject } from "../../sandbox/providers/kubernetes/values.ts";

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((clean) => clean()));

type Handler = (request: IncomingMessage, url: URL) => [number, JsonObject];

/** What every answer carries besides. */
let headers: Record<string, string> = {};
afterEach(() => void (headers = {}));

/** An API server that answers as a test says. */
async function answering(handler: Handler): Promise<{ target: Target; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://api");
    calls.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const [status, body] = url.pathname === "/api/v1" ? [200, resources] : handler(request, url);
    request.resume().on("end", () => response.writeHead(status, headers).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(
    () => void server.close(),
    () => server.closeAllConnections(),
  );
  const client = new KubeClient(
    { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, insecure: false },
    [1, 1],
  );
  return { target: { client, discovery: new Discovery(client), force: false }, calls };
}

const resources: JsonObject = { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] };
const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" } };
const options = {
  manager: "pulse-infra",
  urn: "urn:pulumi:d::p::kubernetes:core/v1:ConfigMap::a",
  dryRun: false,
};

const conflict = (manager: string): [number, JsonObject] => [
  409,
  {
    reason: "Conflict",
    message: "Apply failed with 1 conflict",
    details: {
      causes: [
        { reason: "FieldManagerConflict", message: `conflict with "${manager}" using v1`, field: ".data.a" },
      ],
    },
  },
];

test("an apply is strict, names its manager and does not force", async () => {
  const { target, calls } = await answering(() => [200, object]);
  await apply(target, object, options);
  expect(calls).toEqual([
    "GET /api/v1",
    "PATCH /api/v1/namespaces/n/configmaps/a?fieldManager=pulse-infra&fieldValidation=Strict&force=false",
  ]);
});

test("fields that another manager set are a conflict, told with the way out", async () => {
  const { target } = await answering(() => conflict("kubectl-edit"));
  await expect(apply(target, object, options)).rejects.toThrow(
    'ConfigMap n/a: server-side apply conflict, .data.a was also set by "kubectl-edit"; ' +
      'leave the field to it, or take it over with the annotation pulumi.com/patchForce: "true"',
  );
});

test("patchForce takes contested fields over", async () => {
  const { target, calls } = await answering(() => [200, object]);
  const forced = {
    ...object,
    metadata: { ...object.metadata, annotations: { "pulumi.com/patchForce": "true" } },
  };
  await apply(target, forced, options);
  expect(calls[1]).toContain("force=true");
});

test("a conflict with our own former name is none, and that name lets go", async () => {
  const { target, calls } = await answering((_request, url) =>
    url.searchParams.get("force") === "true" ? [200, object] : conflict("pulumi-kubernetes-1234"),
  );
  await apply(target, object, { ...options, formerManager: "pulumi-kubernetes-1234" });
  expect(calls.slice(1).map((call) => /fieldManager=([^&]*).*force=(\w+)/.exec(call)?.slice(1))).toEqual([
    ["pulse-infra", "false"],
    ["pulse-infra", "true"],
    ["pulumi-kubernetes-1234", "true"],
  ]);
});

test("an unknown field is told in the server's words", async () => {
  const message =
    "failed to create typed patch object (n/a; /v1, Kind=ConfigMap): .dat: field not declared in schema";
  const { target } = await answering(() => [400, { message }]);
  await expect(apply(target, object, options)).rejects.toThrow(
    "ConfigMap n/a: .dat: field not declared in schema",
  );
});

test("a busy server is asked again, a server that is gone is told in one sentence", async () => {
  let attempts = 0;
  const { target } = await answering(() => (++attempts < 3 ? [503, {}] : [200, object]));
  await expect(apply(target, object, options)).resolves.toEqual(object);
  const gone = new KubeClient({ server: "http://127.0.0.1:9", insecure: false }, [1]);
  await expect(gone.request("GET", "/")).rejects.toThrow(
    "the API server at http://127.0.0.1:9 does not answer: connection refused",
  );
});

test("a kind nobody serves is told with the likely reason", async () => {
  const { target } = await answering(() => [404, {}]);
  expect(await target.discovery.find({ apiVersion: "v1", kind: "Nothing" })).toBeUndefined();
  expect(await target.discovery.find({ apiVersion: "ex.test/v1", kind: "Thing" })).toBeUndefined();
  expect(
    await target.discovery.namespaced({ apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass" }),
  ).toBe(false);
});

const kubeconfig = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), "provider-")), "kubeconfig");
  writeFileSync(path, content);
  return path;
};
const good = `
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1/", certificate-authority-data: ${Buffer.from("ca").toString("base64")}}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: one, context: {cluster: c, user: u, namespace: pulse}}]
current-context: one
`;

test("a kubeconfig is a path or the content itself", () => {
  for (const source of [kubeconfig(good), good]) {
    const connection = loadConnection({ kubeconfig: source });
    expect(connection).toMatchObject({ server: "https://127.0.0.1:1", namespace: "pulse", insecure: false });
    expect(String(connection.ca)).toBe("ca");
  }
});

test.each([
  [
    { kubeconfig: "/does/not/exist" },
    "the kubeconfig /does/not/exist does not exist: give its path or its content",
  ],
  [{ kubeconfig: good, context: "two" }, 'kubeconfig given as content has no context "two": it has one'],
  [
    { kubeconfig: "\n- a" },
    "kubeconfig given as content is not a kubeconfig: it should be a map with clusters, users and contexts",
  ],
  [{ kubeconfig: "{}" }, "kubeconfig given as content names no current-context: set kubernetes:context"],
])("an unusable kubeconfig is told in a sentence: %#", (source, message) => {
  expect(() => loadConnection(source)).toThrow(message);
});

test("the provider's settings are checked, but not while the kubeconfig is unknown", () => {
  expect(settingProblems({ kubeconfig: good })).toEqual([]);
  expect(settingProblems({ kubeconfig: unknownValue })).toEqual([]);
  expect(settingProblems({ kubeconfig: good, nmaespace: "x" })[0]).toMatch(
    /^unknown setting "nmaespace": .* are allowed$/,
  );
});

test("what the API server warns of is told, warning by warning", async () => {
  headers = { warning: '299 - "v1 is old, use \\"v2\\"", 299 - "field x has no effect"' };
  const { target } = await answering(() => [200, object]);
  const warned: string[] = [];
  await apply(target, object, { ...options, warn: (message) => warned.push(message) });
  expect(warned).toEqual(['v1 is old, use "v2"', "field x has no effect"]);
});
