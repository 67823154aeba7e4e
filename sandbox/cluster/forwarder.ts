/**
 * Passes TCP connections on 127.0.0.1:PORT to the ready Envoys of the cluster. Pods come and go; the port stays.
 * Usage: node forwarder.ts KUBECONFIG PORT
 */
import { DiscoveryV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { reachable } from "./endpoints.ts";
import { createProxy } from "./proxy.ts";

const namespace = "envoy-gateway-system";
const labelSelector = "app.kubernetes.io/managed-by=envoy-gateway";

const [kubeconfig = "", port = ""] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const discovery = config.makeApiClient(DiscoveryV1Api);
const informer = makeInformer(
  config,
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
  () => discovery.listNamespacedEndpointSlice({ namespace, labelSelector }),
  labelSelector,
);

let endpoints = reachable([]);
const refresh = () => {
  endpoints = reachable(informer.list());
  console.log(
    `endpoints: ${endpoints.map(({ host, port: target }) => `${host}:${target}`).join(" ") || "none"}`,
  );
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

createProxy(() => endpoints)
  .once("error", (error) => {
    console.error(`port ${port} cannot be used: ${error.message}`);
    process.exit(1);
  })
  .listen(Number(port), "127.0.0.1", 1024);
