// What the guards read from an API server's answers.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiClient, ApiUnreachable } from "../../infra/cluster/client.ts";
import { KubernetesCluster } from "../../infra/cluster/liveCluster.ts";

const folder = mkdtempSync(join(tmpdir(), "live-"));
const kubeconfig = join(folder, "config");
let server: Server;
let answers: Record<string, unknown>;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const answer = answers[path];
    const status = path.includes("forbidden") ? 403 : path.includes("starting") ? 503 : 200;
    response.statusCode = answer === undefined ? 404 : status;
    response.end(JSON.stringify(answer ?? { message: "not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: `${origin}/proxied/` } }],
    users: [{ name: "u", user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const routePath = "/proxied/apis/gateway.networking.k8s.io/v1/namespaces/ns/httproutes/app";
const deploymentPath = "/proxied/apis/apps/v1/namespaces/ns/deployments/app-blue";
const slicesPath = (color: string) =>
  `/proxied/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices?labelSelector=kubernetes.io/service-name=app-${color}`;
const cluster = (namespace = "ns") =>
  new KubernetesCluster(new ApiClient({ kubeconfig }), { namespace, name: "app" });

beforeEach(() => {
  answers = { [slicesPath("blue")]: { items: [] }, [slicesPath("green")]: { items: [] } };
});

test("nothing is there yet", async () => {
  expect(await cluster().snapshot()).toEqual({
    route: undefined,
    colors: { blue: { ready: 0 }, green: { ready: 0 } },
  });
});

test("weights are shares, whatever their sum; a missing one counts 1", async () => {
  const backendRefs = [{ name: "app-blue", weight: 3 }, { name: "app-green" }];
  answers[routePath] = { metadata: { generation: 4 }, spec: { rules: [{ backendRefs }] } };
  expect(await cluster().route()).toEqual({ generation: 4, weights: { blue: 75, green: 25 }, parents: [] });
});

test("a route's status is passed on", async () => {
  const conditions = [{ type: "Accepted", status: "True", observedGeneration: 1 }];
  answers[routePath] = { status: { parents: [{ parentRef: { name: "pulse" }, conditions }] } };
  expect((await cluster().route())?.parents).toEqual([{ name: "pulse", conditions }]);
});

test("endpoints count when they are ready, each pod once", async () => {
  const endpoint = (name: string, conditions: object) => ({
    addresses: ["10.0.0.1"],
    targetRef: { name },
    conditions,
  });
  answers[slicesPath("blue")] = {
    items: [
      { endpoints: [endpoint("a", { ready: true }), endpoint("b", { ready: false }), endpoint("c", {})] },
      { endpoints: [endpoint("a", { ready: true }), endpoint("d", { ready: true, terminating: true })] },
      {},
    ],
  };
  answers[deploymentPath] = {
    metadata: { generation: 2 },
    spec: { replicas: 3 },
    status: { replicas: 4, updatedReplicas: 1, observedGeneration: 1 },
  };
  expect((await cluster().snapshot()).colors.blue).toEqual({
    deployment: { desired: 3, total: 4, updated: 1, observed: false },
    ready: 2,
  });
});

test("pods that are not ready say why", async () => {
  const pod = { metadata: { name: "app-blue-1" }, status: { phase: "Pending" } };
  answers["/proxied/api/v1/namespaces/ns/pods?labelSelector=app.kubernetes.io/name=app,color=blue"] = {
    items: [pod],
  };
  expect(await cluster().problems("blue")).toEqual(["app-blue-1 is Pending"]);
});

test("a refusal is passed on as a sentence", async () => {
  const path = "/proxied/apis/gateway.networking.k8s.io/v1/namespaces/forbidden/httproutes/app";
  answers[path] = { message: "User system:anonymous may not" };
  await expect(cluster("forbidden").route()).rejects.toThrow(
    `The API server at ${origin} refuses GET ${path.replace("/proxied", "")}: User system:anonymous may not`,
  );
});

test("a server that only just starts is as good as away", async () => {
  const path = "/proxied/apis/gateway.networking.k8s.io/v1/namespaces/starting/httproutes/app";
  answers[path] = { message: "the request has been made before all known HTTP paths have been installed" };
  const asked = cluster("starting").route();
  await expect(asked).rejects.toBeInstanceOf(ApiUnreachable);
  await expect(asked).rejects.toThrow(
    `The API server at ${origin} does not answer (the request has been made before`,
  );
});

test("a server that is away is named", async () => {
  const gone = join(folder, "gone");
  writeFileSync(
    gone,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ name: "u", user: {} }],
    }),
  );
  const away = new KubernetesCluster(new ApiClient({ kubeconfig: gone }), { namespace: "ns", name: "app" });
  await expect(away.route()).rejects.toThrow(
    "The API server at https://127.0.0.1:1 does not answer (connect ECONNREFUSED 127.0.0.1:1)",
  );
});
