/**
 * Passes TCP connections on each 127.0.0.1:PORT to one listener of the ready Envoys of the cluster. Pods come and go; the
 * ports stay. And lets pods reach processes of this machine: what listens on 127.0.0.1 alone is passed on to from an
 * address of the bridge's. Usage: node forwarder.ts KUBECONFIG PORT=LISTENER... HOST:PORT=PORT..., such as
 * 8443=https-443 10.96.0.1:443=40123
 */
import { DiscoveryV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { reachable, type Endpoint } from "./endpoints.ts";
import { keepWatching } from "./keep-watching.ts";
import { createProxy } from "./proxy.ts";

const namespace = "envoy-gateway-system";
const labelSelector = "app.kubernetes.io/managed-by=envoy-gateway";

const [kubeconfig = "", ...pairs] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const discovery = config.makeApiClient(DiscoveryV1Api);
const informer = makeInformer(
  config,
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
  () => discovery.listNamespacedEndpointSlice({ namespace, labelSelector }),
  labelSelector,
);

const [doors, toEnvoys] = [true, false].map((isDoor) =>
  pairs.filter((pair) => pair.includes(":") === isDoor),
);
const ways = (toEnvoys ?? []).map((pair) => {
  const [port = "", listener = ""] = pair.split("=");
  return { port, listener, endpoints: reachable([], listener) };
});
keepWatching(informer, "the Envoys", (slices) => {
  for (const way of ways) {
    way.endpoints = reachable(slices, way.listener);
    const targets = way.endpoints.map(({ host, port }) => `${host}:${port}`).join(" ");
    console.log(`${way.listener}: ${targets || "none"}`);
  }
});

function listen(endpoints: () => readonly Endpoint[], host: string, port: string): void {
  createProxy(endpoints)
    .once("error", (error) => {
      console.error(`port ${port} on ${host} cannot be used: ${error.message}`);
      process.exit(1);
    })
    .listen(Number(port), host, 1024);
}

for (const way of ways) listen(() => way.endpoints, "127.0.0.1", way.port);
for (const door of doors ?? []) {
  const [from = "", to = ""] = door.split("=");
  const [host = "", port = ""] = from.split(":");
  const target = [{ host: "127.0.0.1", port: Number(to) }];
  listen(() => target, host, port);
}
