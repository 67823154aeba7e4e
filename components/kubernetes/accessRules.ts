import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/domain/accounts.ts";
import { journalName, leaseName } from "../../infra/domain/releaseNames.ts";
import type { HardenedNamespaceArgs } from "./HardenedNamespaceArgs.ts";

type Rule = k8s.types.input.rbac.v1.PolicyRule;
type Subject = k8s.types.input.rbac.v1.Subject;

/** Who may do what in the namespace, by name. */
export interface AccessRules {
  /** Service accounts and their annotations. */
  accounts: Record<string, Record<string, pulumi.Input<string>>>;
  roles: Record<string, Rule[]>;
  /** Who has a role, by the role's name. */
  bindings: Record<string, Subject[]>;
}

const look = ["get", "list", "watch"];

/** Three kinds of accounts: the release driver, jobs that need nothing of Kubernetes, and people who look. */
export function accessRules(args: HardenedNamespaceArgs): AccessRules {
  const { app, namespace, operatorGroups, releaserGroups, roleArns } = args;
  const group = (name: string): Subject => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });
  const job = (arn: pulumi.Input<string> | undefined): Record<string, pulumi.Input<string>> =>
    arn === undefined ? {} : { "eks.amazonaws.com/role-arn": arn };
  return {
    accounts: {
      [accounts.release]: {},
      [accounts.backup]: job(roleArns.backup),
      [accounts.restore]: job(roleArns.restore),
    },
    roles: { [accounts.release]: releaseRules(app), operator: operatorRules },
    bindings: {
      [accounts.release]: [
        { kind: "ServiceAccount", name: accounts.release, namespace },
        ...releaserGroups.map(group),
      ],
      ...(operatorGroups.length > 0 && { operator: operatorGroups.map(group) }),
    },
  };
}

/** Reads what becomes of a release, moves one route's weights, keeps its own journal and lock; no more. */
function releaseRules(app: string): Rule[] {
  return [
    { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: look },
    { apiGroups: [""], resources: ["pods", "events"], verbs: look },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: look },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
    { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: look },
    { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: look },
    {
      apiGroups: ["gateway.networking.k8s.io"],
      resources: ["httproutes"],
      resourceNames: [app],
      verbs: ["patch"],
    },
    // A name cannot be asked for at creation: what does not exist has none.
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: [journalName(app)],
      verbs: ["get", "update", "patch"],
    },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: [leaseName(app)],
      verbs: ["get", "update", "patch"],
    },
  ];
}

/** Everything that helps to understand what is going on; no Secrets, and nothing changes. */
const operatorRules: Rule[] = [
  {
    apiGroups: [""],
    resources: [
      "pods",
      "pods/log",
      "services",
      "events",
      "configmaps",
      "serviceaccounts",
      "resourcequotas",
      "limitranges",
    ],
    verbs: look,
  },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: look },
  { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: look },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: look },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: look },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: look },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: look },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["gateways", "httproutes"], verbs: look },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: look },
  { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: look },
];
