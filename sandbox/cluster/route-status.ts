/**
 * Plays the Gateway controller on the rootless level, where no Envoy runs: every GatewayClass, Gateway and
 * HTTPRoute is accepted at its newest generation. Usage: node route-status.ts KUBECONFIG
 */
import {
  CustomObjectsApi,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type KubernetesListObject,
} from "@kubernetes/client-node";
import {
  classStatus,
  controllerName,
  gatewayStatus,
  plan,
  routeStatus,
  type Watched,
} from "./route-status-rules.ts";

const group = "gateway.networking.k8s.io";
const config = new KubeConfig();
config.loadFromFile(process.argv[2] ?? "");
const custom = config.makeApiClient(CustomObjectsApi);

/** Watches one kind for as long as the process lives and writes the status that its rules give. */
function serve(plural: string, namespaced: boolean, rule: (object: Watched) => object): void {
  const list = async () =>
    (await custom.listClusterCustomObject({ group, version: "v1", plural })) as KubernetesListObject<Watched>;
  const informer = makeInformer<Watched>(config, `/apis/${group}/v1/${plural}`, list);
  const update = (object: Watched) => {
    const status = plan(object, rule(object));
    if (!status) return;
    const { name, namespace } = object.metadata;
    const common = { group, version: "v1", plural, name, body: { status } };
    const headers = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
    const written = namespaced
      ? custom.patchNamespacedCustomObjectStatus({ ...common, namespace: namespace ?? "default" }, headers)
      : custom.patchClusterCustomObjectStatus(common, headers);
    written.catch((error: unknown) => console.error(`${plural}/${name}: ${String(error)}`));
  };
  informer.on("add", update);
  informer.on("update", update);
  const start = () => {
    informer.start().catch(restart);
  };
  const restart = (error: unknown) => {
    console.error(`${plural}: ${String(error)}; watching again`);
    setTimeout(start, 500);
  };
  informer.on("error", restart);
  start();
}

serve("gatewayclasses", false, classStatus);
serve("gateways", true, gatewayStatus);
serve("httproutes", true, routeStatus);
console.log(`acting as ${controllerName}`);
