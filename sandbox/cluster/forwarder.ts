/**
 * Passes TCP connections on each 127.0.0.1:PORT to one listener of the ready Envoys of the cluster. Pods come and go; the
 * ports stay. Usage: node forwarder.ts KUBECONFIG PORT=LISTENER..., such as 8443=https-443
 */
import { DiscoveryV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { reachable } from "./endpoints.ts";
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

const ways = pairs.map((pair) => {
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

for (const way of ways) {
  createProxy(() => way.endpoints)
    .once("error", (error) => {
      console.error(`port ${way.port} cannot be used: ${error.message}`);
      process.exit(1);
    })
    .listen(Number(way.port), "127.0.0.1", 1024);
}
