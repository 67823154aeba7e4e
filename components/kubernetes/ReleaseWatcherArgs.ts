import type { PodResources } from "../../infra/domain/namespaceQuota.ts";
import type { EgressArgs } from "./HardenedNamespaceArgs.ts";

export interface ReleaseWatcherArgs {
  /** An existing namespace: the application's. */
  namespace: string;
  /** Name of the application, which is its HTTPRoute's, too. At most 57 characters. */
  app: string;
  /** Immutable image reference. */
  image: string;
  resources: PodResources;
  /** Name of the stack whose releases are watched: for messages. */
  stack: string;
  /** What the watcher reads as its config file. No secrets, and nothing that a switch changes: it restarts the pod. */
  config: string;
  /** Secret in the namespace, and the variables that the watcher takes from the keys of the same names. */
  secret?: { name: string; variables: readonly string[] };
  /** Gateway whose address is looked up; undefined where the config says where the internal listener answers. */
  gateway?: { name: string; namespace: string };
  /** Whom the pod may talk to; everything else is refused. */
  network: {
    apiServer: EgressArgs;
    /** Namespace of Prometheus, which is asked at `prometheusPort` and reads the watcher's own metrics. */
    monitoringNamespace: string;
    prometheusPort: number;
    /** Namespaces of the gateway's proxies, asked at the internal listener's port. */
    gatewayNamespaces: readonly string[];
    internalPort: number;
    /** TCP ports outside of the cluster: announcements, and whatever of the above is there. */
    outsidePorts: readonly number[];
  };
  /** Class that says how important the pod is; undefined: the cluster's default. */
  priorityClassName: string | undefined;
  /** Secret with the registry's login; undefined: none. */
  pullSecretName: string | undefined;
}
