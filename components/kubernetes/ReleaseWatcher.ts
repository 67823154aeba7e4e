import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { accounts } from "../../infra/domain/accounts.ts";
import type { ListedDependencies } from "./BlueGreenServiceArgs.ts";
import type { ReleaseWatcherArgs } from "./ReleaseWatcherArgs.ts";
import { gatewayRules, watcherLabels, watcherNetwork, watcherRules } from "./watcherAccess.ts";

/** Of everything that belongs to it; there is one in a namespace. */
const name = accounts.watcher;
/** Where the pod answers probes and Prometheus. */
const port = 8080;
/** The user "nonroot" of the image, and of distroless ones. */
const user = 65_532;
const configFolder = "/etc/release-watcher";
const configFile = "config.json";
/** Seconds for which a token is good; the kubelet renews it long before. */
const tokenSeconds = 3_600;

/**
 * One pod that watches releases and brings their traffic back, whether or not anybody drives them. It has an account with
 * just the rights for that, and no way to anything else. Two at a time, as during an update of it, do no harm: whoever
 * comes second finds in the journal what the other one did.
 */
export class ReleaseWatcher extends pulumi.ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;

  constructor(
    component: string,
    args: ReleaseWatcherArgs,
    opts: ListedDependencies<pulumi.ComponentResourceOptions> = {},
  ) {
    super("pulse:kubernetes:ReleaseWatcher", component, {}, opts);
    const { namespace } = args;
    const childOpts = { parent: this, dependsOn: [...(opts.dependsOn ?? [])] };
    const metadata = { name, namespace, labels: watcherLabels };

    const account = new k8s.core.v1.ServiceAccount(
      component,
      {
        metadata,
        automountServiceAccountToken: false,
        ...(args.pullSecretName !== undefined && { imagePullSecrets: [{ name: args.pullSecretName }] }),
      },
      childOpts,
    );

    const { gateway } = args;
    const elsewhere = gateway !== undefined && gateway.namespace !== namespace;
    const own = [...watcherRules(args.app), ...(gateway && !elsewhere ? gatewayRules(gateway.name) : [])];
    const rights = [
      ...this.#grant(component, metadata, own, args, childOpts),
      ...(elsewhere
        ? this.#grant(
            `${component}-gateway`,
            { ...metadata, name: `${namespace}-${name}`, namespace: gateway.namespace },
            gatewayRules(gateway.name),
            args,
            childOpts,
          )
        : []),
    ];

    const config = new k8s.core.v1.ConfigMap(
      component,
      { metadata, data: { [configFile]: args.config } },
      childOpts,
    );
    const network = new k8s.networking.v1.NetworkPolicy(
      component,
      { metadata, spec: watcherNetwork(args.network, port) },
      childOpts,
    );

    this.deployment = new k8s.apps.v1.Deployment(
      component,
      {
        metadata,
        spec: {
          // No replicas: one is what Kubernetes takes, and two would do no harm.
          selector: { matchLabels: { "app.kubernetes.io/name": name } },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          progressDeadlineSeconds: 120,
          template: podTemplate(args),
        },
      },
      { ...childOpts, dependsOn: [...childOpts.dependsOn, account, config, network, ...rights] },
    );
    this.registerOutputs({});
  }

  /** A role of the watcher's account in a namespace. */
  #grant(
    logicalName: string,
    metadata: { name: string; namespace: string; labels: Record<string, string> },
    rules: k8s.types.input.rbac.v1.PolicyRule[],
    { namespace }: ReleaseWatcherArgs,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource[] {
    return [
      new k8s.rbac.v1.Role(logicalName, { metadata, rules }, opts),
      new k8s.rbac.v1.RoleBinding(
        logicalName,
        {
          metadata,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
          subjects: [{ kind: "ServiceAccount", name, namespace }],
        },
        opts,
      ),
    ];
  }
}

/** The pod; it satisfies the restricted Pod Security Standard. */
function podTemplate(args: ReleaseWatcherArgs): k8s.types.input.core.v1.PodTemplateSpec {
  const { config, priorityClassName } = args;
  return {
    metadata: {
      labels: watcherLabels,
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(port),
        "prometheus.io/path": "/metrics",
        // A changed file alone would be read by nobody.
        "pulse-infra.io/config": createHash("sha256").update(config).digest("hex").slice(0, 16),
      },
    },
    spec: {
      serviceAccountName: name,
      // By the volume below instead, with a token that is soon of no use to anybody else.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(priorityClassName !== undefined && { priorityClassName }),
      // What is still to be announced has 10 s.
      terminationGracePeriodSeconds: 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        seccompProfile: { type: "RuntimeDefault" },
      },
      // While it is updated there are two.
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: { "app.kubernetes.io/name": name } },
                topologyKey: "kubernetes.io/hostname",
              },
            },
          ],
        },
      },
      containers: [container(args)],
      volumes: [
        { name: "config", configMap: { name } },
        { name: "account", projected: { sources: accountSources } },
      ],
    },
  };
}

/** What Kubernetes mounts by itself where it is not forbidden. */
const accountSources: k8s.types.input.core.v1.VolumeProjection[] = [
  { serviceAccountToken: { path: "token", expirationSeconds: tokenSeconds } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
];

function container({
  image,
  resources,
  secret,
  stack,
}: ReleaseWatcherArgs): k8s.types.input.core.v1.Container {
  const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
    httpGet: { path, port: "http" },
    periodSeconds,
    failureThreshold,
    timeoutSeconds: 2,
  });
  return {
    name,
    image,
    args: [
      "watch",
      "--stack",
      stack,
      "--config-file",
      `${configFolder}/${configFile}`,
      "--port",
      String(port),
    ],
    ports: [{ name: "http", containerPort: port }],
    ...(secret && {
      // A key that is not there keeps somebody from being told, never traffic from being brought back.
      env: secret.variables.map((variable) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name: secret.name, key: variable, optional: true } },
      })),
    }),
    resources,
    startupProbe: probe("/health", 1, 60),
    livenessProbe: probe("/health", 10, 3),
    readinessProbe: probe("/ready", 5, 3),
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "account", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
    ],
  };
}
