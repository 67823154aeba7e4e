import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { namespaceQuota } from "../../infra/domain/namespaceQuota.ts";
import type { ListedDependencies } from "./BlueGreenServiceArgs.ts";
import type { HardenedNamespaceArgs } from "./HardenedNamespaceArgs.ts";
import { networkPolicies } from "./networkPolicies.ts";
import { accessRules } from "./accessRules.ts";

/** The version of the Pod Security Standards that was read and tested: a newer cluster must not change the rules. */
const podSecurityVersion = "v1.34";

/**
 * A namespace in which little can go wrong: pods keep the restricted Pod Security Standard, no network connection is
 * open that is not listed, resources are bounded, and each account may do no more than its work needs.
 */
export class HardenedNamespace extends pulumi.ComponentResource {
  /** Name of the Secret with the registry's login, if there is one. */
  readonly pullSecretName: string | undefined;
  /** Name of the PriorityClass of the application's pods. */
  readonly priorityClassName: string;
  /** Name of the PriorityClass of pods that make room for these. */
  readonly jobPriorityClassName: string;

  constructor(
    name: string,
    args: HardenedNamespaceArgs,
    opts: ListedDependencies<pulumi.ComponentResourceOptions> = {},
  ) {
    super("pulse:kubernetes:HardenedNamespace", name, {}, opts);
    const { namespace } = args;
    const managed = { "app.kubernetes.io/managed-by": "pulse-infra" };
    const childOpts = { parent: this, dependsOn: [...(opts.dependsOn ?? [])] };
    if (args.create) {
      childOpts.dependsOn.push(
        new k8s.core.v1.Namespace(
          name,
          { metadata: { name: namespace, labels: { ...managed, ...podSecurityLabels() } } },
          { ...childOpts },
        ),
      );
    }
    const metadata = (part: string) => ({ name: part, namespace, labels: managed });

    new k8s.core.v1.ResourceQuota(
      `${name}-quota`,
      // The quota's status comes from a controller; nothing here waits for it.
      {
        metadata: { ...metadata("quota"), annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { hard: namespaceQuota(args.quota) },
      },
      childOpts,
    );
    const { other } = args.quota;
    new k8s.core.v1.LimitRange(
      `${name}-limits`,
      {
        metadata: metadata("container-defaults"),
        // For pods that name nothing: the quota would refuse them otherwise.
        spec: { limits: [{ type: "Container", defaultRequest: other.requests, default: other.limits }] },
      },
      childOpts,
    );

    for (const [part, spec] of Object.entries(networkPolicies(args))) {
      new k8s.networking.v1.NetworkPolicy(`${name}-${part}`, { metadata: metadata(part), spec }, childOpts);
    }

    this.priorityClassName = `${namespace}-${args.environment}-app`;
    this.jobPriorityClassName = `${namespace}-${args.environment}-job`;
    const priority = (part: string, value: number, description: string) =>
      new k8s.scheduling.v1.PriorityClass(
        `${name}-priority-${part}`,
        {
          metadata: { name: `${namespace}-${args.environment}-${part}`, labels: managed },
          value,
          description,
          globalDefault: false,
          preemptionPolicy: "PreemptLowerPriority",
        },
        childOpts,
      );
    priority("app", 100_000, "Pods that answer users; jobs of the same nodes make room for them.");
    priority("job", 1_000, "Backup jobs and watchers: they can wait.");

    if (args.pullSecret) {
      this.pullSecretName = "registry";
      const { server, username, password } = args.pullSecret;
      const login = pulumi
        .output(password)
        .apply((secret) => JSON.stringify({ auths: { [server]: { username, password: secret } } }));
      new k8s.core.v1.Secret(
        `${name}-registry`,
        {
          metadata: metadata(this.pullSecretName),
          type: "kubernetes.io/dockerconfigjson",
          stringData: { ".dockerconfigjson": pulumi.secret(login) },
        },
        childOpts,
      );
    }

    const { accounts, roles, bindings } = accessRules(args);
    for (const [account, annotations] of Object.entries(accounts)) {
      new k8s.core.v1.ServiceAccount(
        `${name}-${account}`,
        { metadata: { ...metadata(account), annotations }, automountServiceAccountToken: false },
        childOpts,
      );
    }
    for (const [role, rules] of Object.entries(roles)) {
      new k8s.rbac.v1.Role(`${name}-${role}`, { metadata: metadata(role), rules }, childOpts);
    }
    for (const [role, subjects] of Object.entries(bindings)) {
      new k8s.rbac.v1.RoleBinding(
        `${name}-${role}`,
        {
          metadata: metadata(role),
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
          subjects,
        },
        childOpts,
      );
    }

    this.registerOutputs({ namespace });
  }
}

/** Pods that do not keep the restricted standard are refused, and whoever applies one is also told. */
function podSecurityLabels(): Record<string, string> {
  return Object.fromEntries(
    ["enforce", "audit", "warn"].flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, "restricted"],
      [`pod-security.kubernetes.io/${mode}-version`, podSecurityVersion],
    ]),
  );
}
