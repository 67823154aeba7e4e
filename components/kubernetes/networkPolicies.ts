import type * as k8s from "@pulumi/kubernetes";
import { accounts } from "../../infra/domain/accounts.ts";
import { componentLabel, type EgressArgs, type HardenedNamespaceArgs } from "./HardenedNamespaceArgs.ts";

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type Port = k8s.types.input.networking.v1.NetworkPolicyPort;

export const tcp = (port: number | string): Port => ({ protocol: "TCP", port });

export const inNamespaces = (names: readonly string[]): Peer => ({
  namespaceSelector: {
    matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...names] }],
  },
});

/** Nothing may connect, then each connection that is needed, by the policy's name. */
export function networkPolicies(args: HardenedNamespaceArgs): Record<string, Spec> {
  const { app, appPort, network } = args;
  const appPods = { matchLabels: { "app.kubernetes.io/name": app } };
  const component = (name: string) => ({ matchLabels: { [componentLabel]: name } });
  return {
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    "allow-dns": {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [inNamespaces(["kube-system"])],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    },
    "allow-gateway": {
      podSelector: appPods,
      policyTypes: ["Ingress"],
      ingress: [{ from: [inNamespaces(network.gatewayNamespaces)], ports: [tcp(appPort)] }],
    },
    "allow-metrics": {
      podSelector: appPods,
      policyTypes: ["Ingress"],
      ingress: [{ from: [inNamespaces([network.monitoringNamespace])], ports: [tcp(appPort)] }],
    },
    ...(network.appEgress.length > 0 && { "app-egress": outward(appPods, network.appEgress) }),
    "release-egress": {
      podSelector: component(accounts.release),
      policyTypes: ["Egress"],
      egress: [
        egressTo(network.apiServer),
        { to: [inNamespaces([network.monitoringNamespace])], ports: [tcp(network.prometheusPort)] },
      ],
    },
    ...(network.backupEgress.length > 0 && {
      "backup-egress": outward(
        {
          matchExpressions: [
            { key: componentLabel, operator: "In", values: [accounts.backup, accounts.restore] },
          ],
        },
        network.backupEgress,
      ),
    }),
  };
}

function outward(podSelector: Spec["podSelector"], rules: readonly EgressArgs[]): Spec {
  return { podSelector, policyTypes: ["Egress"], egress: rules.map(egressTo) };
}

export function egressTo({
  cidr,
  except,
  ports,
}: EgressArgs): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  return {
    to: [{ ipBlock: { cidr, ...(except.length > 0 && { except: [...except] }) } }],
    ports: ports.map(tcp),
  };
}
