// The declared watcher's account: `release watch` runs as it against a real API server, and rolls back a release that
// nobody drives. Its pod itself is in test/cluster.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { createServer, request as requestPlain, type Server } from "node:http";
import { request as requestTls } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { dumpYaml } from "@kubernetes/client-node";
import { ApiClient } from "../../infra/cluster/client.ts";
import { connect } from "../../infra/cluster/kubeconfig.ts";
import { accounts } from "../../infra/domain/accounts.ts";
import { freePorts } from "../../sandbox/cluster/ports.ts";
import { eventually } from "../support/cluster-api.ts";
import type { Running } from "../support/release-command.ts";
import { good, ReleaseWorld } from "../support/release-world.ts";
import { testCluster } from "../support/test-cluster.ts";

/** One request of the watcher: what it asked of whom, and the answer's status. */
interface Asked {
  method: string;
  path: string;
  status: number;
}

let world: ReleaseWorld;
let door: Server;
let admin: ApiClient;
let watcher: ApiClient;
let configFile: string;
let kubeconfig: string;
let running: Running | undefined;
const asked: Asked[] = [];

beforeAll(async () => {
  world = await ReleaseWorld.create("watcher", testCluster().kubeconfig, {
    steps: [
      { percent: 10, minSoakSeconds: 600, maxSoakSeconds: 1200 },
      { percent: 100, minSoakSeconds: 600, maxSoakSeconds: 1200 },
    ],
    gates: { unavailableSeconds: 600 },
    watcher: { image: "localhost/pulse-infra-watcher:1.0.0" },
  });
  await world.stack.mustUp();
  const { namespace, api, dir } = world.stack;
  admin = new ApiClient({ kubeconfig: testCluster().kubeconfig });

  const { data } = (await api.get("v1", "ConfigMap", namespace, accounts.watcher)) as unknown as {
    data: Record<string, string>;
  };
  configFile = join(dir, "watcher.json");
  writeFileSync(configFile, data["config.json"] ?? "");

  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${accounts.watcher}/token`;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 3600 },
  };
  const { status } = (await admin.post(path, body)) as { status: { token: string } };
  door = await recordingDoor();
  kubeconfig = join(dir, "watcher.kubeconfig");
  const config = {
    "current-context": "watcher",
    contexts: [{ name: "watcher", context: { cluster: "door", user: "watcher" } }],
    clusters: [
      {
        name: "door",
        cluster: { server: `http://127.0.0.1:${(door.address() as AddressInfo).port}` },
      },
    ],
    users: [{ name: "watcher", user: { token: status.token } }],
  };
  writeFileSync(kubeconfig, dumpYaml(config), { mode: 0o600 });
  watcher = new ApiClient({ kubeconfig });
}, 180_000);
beforeEach(() => {
  world.figures.blue = { ...good };
  world.figures.green = { ...good };
  asked.length = 0;
});
// One whose test has failed must not go on asking.
afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
});
afterAll(async () => {
  door.closeAllConnections();
  door.close();
  await world.close();
}, 180_000);

/** Passes requests on to the API server as they are, and notes them. */
async function recordingDoor(): Promise<Server> {
  const { server, options } = await connect({ kubeconfig: testCluster().kubeconfig });
  const send = server.protocol === "http:" ? requestPlain : requestTls;
  const passing = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    const onward = send(new URL(url, server), { ca: options.ca, method, headers }, (answer) => {
      asked.push({ method, path: url, status: answer.statusCode ?? 0 });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => passing.listen(0, "127.0.0.1", resolve));
  return passing;
}

/** The watcher as its pod runs it, with the account of a kubeconfig. */
function watch(account: string, ...more: string[]): Running {
  const args = ["watch", "--stack", "sandbox", "--config-file", configFile, ...more];
  running = world.begin(args, { KUBECONFIG: account });
  return running;
}

/** A request as the Role has to name it: `get configmaps pulse-messages-releases`. */
function rightOf({ method, path }: Asked): string {
  const [address = ""] = path.split("?");
  const [resource = "", name, subresource] = address.split(/\/namespaces\/[^/]+\//)[1]?.split("/") ?? [];
  const verbs: Record<string, string> = { GET: name === undefined ? "list" : "get", PUT: "update" };
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const named = subresource === undefined && name !== undefined ? ` ${name}` : "";
  return `${verbs[method] ?? method.toLowerCase()} ${what}${named}`;
}

test("it brings the traffic of a bad release back while nobody drives, and uses every right that it has", async () => {
  expect((await world.run("start", "1.2.0", "--detach")).output).toMatch(/waiting: 10 %/);
  expect(await world.stack.weights()).toEqual({ blue: 90, green: 10 });
  const { child, said, ended } = watch(kubeconfig);
  await said("watching pulse-messages");
  await eventually("it looks", 20, () => asked.some(({ path }) => path.includes("/pods?")));
  expect(await world.stack.weights()).toEqual({ blue: 90, green: 10 });

  world.figures.green.errorRatio = 0.3;
  await eventually("traffic is back", 20, async () => (await world.stack.weights()).green === 0);
  await eventually("it is written down", 10, async () => {
    const { record } = await world.status();
    return record?.phase === "rollingBack" && record.moved !== undefined;
  });
  child.kill("SIGTERM");
  const { code, output } = await ended;
  expect(output).toMatch(/rolling back: .*30/);
  expect(code).toBe(0);

  expect(asked.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  const { rules } = (await admin.get(
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${world.stack.namespace}/roles/${accounts.watcher}`,
  )) as { rules: { resources: string[]; resourceNames?: string[]; verbs: string[] }[] };
  const declared = rules.flatMap(({ resources, resourceNames = [""], verbs }) =>
    verbs.flatMap((verb) =>
      resources.flatMap((resource) => resourceNames.map((name) => `${verb} ${resource} ${name}`.trim())),
    ),
  );
  const used = new Set(asked.map(rightOf));
  expect([...used].sort()).toEqual([...new Set(declared)].sort());

  // The stack follows when somebody can run Pulumi.
  expect((await world.run("resume")).code).toBe(3);
  expect(await world.stack.preview()).toEqual([]);
}, 180_000);

test("what it has no right to is refused", async () => {
  const { namespace, app } = world.stack;
  const core = `/api/v1/namespaces/${namespace}`;
  const routes = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`;
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const forbidden: Record<string, () => Promise<unknown>> = {
    "reads Secrets": () => watcher.get(`${core}/secrets`),
    "reads a Secret": () => watcher.get(`${core}/secrets/registry`),
    "reads another ConfigMap": () => watcher.get(`${core}/configmaps/${accounts.watcher}`),
    "makes a ConfigMap": () => watcher.post(`${core}/configmaps`, { metadata: { name: "a" } }),
    "changes a Deployment": () =>
      watcher.apply(`${deployments}/${app}-blue`, { apiVersion: "apps/v1", kind: "Deployment" }, "a-test"),
    "deletes a Deployment": () => watcher.delete(`${deployments}/${app}-blue`),
    "deletes a pod": () => watcher.delete(`${core}/pods/a`),
    "deletes the route": () => watcher.delete(`${routes}/${app}`),
    "changes another route": () =>
      watcher.apply(
        `${routes}/${app}-blue`,
        { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" },
        "a-test",
      ),
    "takes a token": () => watcher.post(`${core}/serviceaccounts/${accounts.watcher}/token`, {}),
    "reads pods elsewhere": () => watcher.get("/api/v1/namespaces/kube-system/pods"),
  };
  const answers = await Promise.all(
    Object.entries(forbidden).map(async ([what, attempt]) => {
      const status = await attempt().then(
        () => "allowed",
        (error: unknown) => (error as { status?: number }).status ?? String(error),
      );
      return [what, status];
    }),
  );
  expect(answers).toEqual(Object.keys(forbidden).map((what) => [what, 403]));
}, 60_000);

test("an API server that refuses it is told once, and makes it not ready", async () => {
  const [port = 0] = await freePorts(1);
  const nobody = join(world.stack.dir, "nobody.kubeconfig");
  const other = dumpYaml({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [
      { name: "a", cluster: { server: `http://127.0.0.1:${(door.address() as AddressInfo).port}` } },
    ],
    users: [{ name: "a", user: { token: "wrong" } }],
  });
  writeFileSync(nobody, other, { mode: 0o600 });
  const { child, said, ended } = watch(nobody, "--port", String(port));
  await said("Unauthorized");
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  expect([await status("/health"), await status("/ready")]).toEqual([200, 503]);
  await eventually("it asks again", 20, () => asked.length >= 3);
  child.kill("SIGTERM");
  const { output } = await ended;
  expect(output.match(/Unauthorized/g)).toHaveLength(1);
}, 60_000);
