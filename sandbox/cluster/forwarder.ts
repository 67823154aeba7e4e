/**
 * Passes TCP connections on 127.0.0.1:PORT to a listener of the ready Envoys. Pods come and go; the port stays.
 * Usage: node forwarder.ts KUBECONFIG PORT=LISTENER...
 */
import { DiscoveryV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { reachable } from "./endpoints.ts";
import { createProxy } from "./proxy.ts";

const namespace = "envoy-gateway-system";
const labelSelector = "app.kubernetes.io/managed-by=envoy-gateway";

const [kubeconfig = "", ...wanted] = process.argv.slice(2);
const doors = wanted.map((text) => {
  const [port = "", listener = ""] = text.split("=");
  return { port: Number(port), listener, endpoints: reachable([], listener) };
});
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const discovery = config.makeApiClient(DiscoveryV1Api);
const informer = makeInformer(
  config,
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
  () => discovery.listNamespacedEndpointSlice({ namespace, labelSelector }),
  labelSelector,
);

const refresh = () => {
  for (const door of doors) {
    door.endpoints = reachable(informer.list(), door.listener);
    const text = door.endpoints.map(({ host, port }) => `${host}:${port}`).join(" ");
    console.log(`${door.listener}: ${text || "none"}`);
  }
};
informer.on("add", refresh);
informer.on("update", refresh);
informer.on("delete", refresh);

// While the API server is away the last known Envoys go on being used.
const watch = () => {
  informer.start().catch(again);
};
const again = (error: unknown) => {
  console.error(`watching the Envoys: ${String(error)}`);
  setTimeout(watch, 300);
};
informer.on("error", again);
watch();

for (const door of doors) {
  createProxy(() => door.endpoints)
    .once("error", (error) => {
      console.error(`port ${door.port} cannot be used: ${error.message}`);
      process.exit(1);
    })
    .listen(door.port, "127.0.0.1", 1024);
}
