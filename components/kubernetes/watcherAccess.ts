import type * as k8s from "@pulumi/kubernetes";
import { accounts } from "../../infra/domain/accounts.ts";
import { journalName } from "../../infra/domain/releaseNames.ts";
import { colors } from "../../infra/domain/traffic.ts";
import { componentLabel } from "./HardenedNamespaceArgs.ts";
import type { ReleaseWatcherArgs } from "./ReleaseWatcherArgs.ts";
import { labels } from "./BlueGreenServiceArgs.ts";
import { egressTo, inNamespaces, tcp } from "./networkPolicies.ts";

type Rule = k8s.types.input.rbac.v1.PolicyRule;

const gatewayGroup = "gateway.networking.k8s.io";

/**
 * What `release watch` asks of the API server, and no more. It makes nothing: the journal is there as soon as there is a
 * release. It changes no pods: whoever runs Pulumi does that.
 */
export function watcherRules(app: string): Rule[] {
  return [
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [journalName(app)],
      verbs: ["get", "update"],
    },
    { apiGroups: [gatewayGroup], resources: ["httproutes"], resourceNames: [app], verbs: ["get", "patch"] },
    {
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: colors.map((color) => `${app}-${color}`),
      verbs: ["get"],
    },
    // Lists cannot be narrowed by name, and names of pods and slices are not known before.
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  ];
}

/** For the address of the Gateway, at which the internal listener answers. */
export const gatewayRules = (name: string): Rule[] => [
  { apiGroups: [gatewayGroup], resources: ["gateways"], resourceNames: [name], verbs: ["get"] },
];

/** Whom the watcher's pod talks to. DNS is open to every pod of the namespace. */
export function watcherNetwork(
  network: ReleaseWatcherArgs["network"],
  port: number,
): k8s.types.input.networking.v1.NetworkPolicySpec {
  const { apiServer, gatewayNamespaces, internalPort, monitoringNamespace, outsidePorts, prometheusPort } =
    network;
  const monitoring = inNamespaces([monitoringNamespace]);
  return {
    podSelector: { matchLabels: { [componentLabel]: accounts.watcher } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [monitoring], ports: [tcp(port)] }],
    egress: [
      egressTo(apiServer),
      { to: [monitoring], ports: [tcp(prometheusPort)] },
      { to: [inNamespaces(gatewayNamespaces)], ports: [tcp(internalPort)] },
      ...(outsidePorts.length > 0 ? [egressTo({ cidr: "0.0.0.0/0", except: [], ports: outsidePorts })] : []),
    ],
  };
}

/** Of the pod. Not the application's name: by that, its pods get traffic and are judged. */
export const watcherLabels = {
  ...labels(accounts.watcher),
  [componentLabel]: accounts.watcher,
};
