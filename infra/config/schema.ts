import { z } from "zod";
import { gatewayKinds } from "../domain/gatewayKinds.ts";
import {
  binaryBytes,
  cidr,
  cpu,
  hostName,
  kindOf,
  kubernetesName,
  listOf,
  mapOf,
  memory,
  oneOf,
  overrides,
  section,
  text,
  urlPath,
  variables,
  wholeNumber,
  yesOrNo,
} from "./fields.ts";
import { releaseSchema } from "./releaseSchema.ts";

const probe = (defaults: { initialDelaySeconds: number; periodSeconds: number; failureThreshold: number }) =>
  section({
    initialDelaySeconds: wholeNumber(0, 600, "seconds").default(defaults.initialDelaySeconds),
    periodSeconds: wholeNumber(1, 600, "seconds").default(defaults.periodSeconds),
    timeoutSeconds: wholeNumber(1, 60, "seconds").default(2),
    failureThreshold: wholeNumber(1, 1000).default(defaults.failureThreshold),
  }).prefault({});

const image = () => text("an image reference");

/** Networks inside of an egress rule's cidr that stay closed. */
const except = () => listOf(cidr(), "networks").default([]);
/** TCP. */
const ports = () => listOf(wholeNumber(1, 65535), "ports", 1);
/** Addresses and ports that pods may connect to. */
const egress = () => section({ cidr: cidr(), except: except(), ports: ports() });

/** What a stack of kind `environment` reads from its Pulumi.<stack>.yaml: the Kubernetes side of one environment. */
export const environmentSchema = section({
  kind: kindOf("environment"),
  environment: oneOf(["sandbox", "staging", "production"]),

  /** Fully qualified name of the stack of kind platform; without one, what it would give is given in app.env. */
  platformStack: text("organization/project/stack", /^[\w.-]+\/[\w.-]+\/[\w.-]+$/).optional(),

  /** The colour that carries the traffic. Changing it, and nothing else, is the switch. */
  activeColor: oneOf(["blue", "green"]),
  /** Whole percent of the traffic for the other colour. */
  canaryWeight: wholeNumber(0, 100).default(0),
  /** Immutable image reference by colour; a colour without one does not exist yet. */
  images: section({ blue: image().optional(), green: image().optional() }),
  /** Size of the colour without traffic: warm (full size, ready to switch back to) or standby (retired). */
  idleSize: oneOf(["warm", "standby"]).default("warm"),
  /** Lets an update replace the pods of a colour that carries traffic. */
  allowLiveChange: yesOrNo().default(false),
  /** Leave to break policies for a while; read by `npm run gate`. */
  overrides: overrides(),

  app: section({
    /** First part of every resource's name; "-green" has to fit behind it. */
    name: kubernetesName(57).default("pulse-messages"),
    containerPort: wholeNumber(1024, 65535).default(8080),
    user: wholeNumber(1, 65535).default(1000),
    env: variables().default({}),
    /** Of /tmp, the one folder that the app may write to; a pod that writes more is evicted. */
    tmpSize: binaryBytes().default("256Mi"),
    healthPath: urlPath().default("/health"),
    readyPath: urlPath().default("/ready"),
    metricsPath: urlPath().default("/metrics"),
    /** Also the time-out of a request at the gateway. */
    longestRequestSeconds: wholeNumber(1, 3600, "seconds").default(30),
  }).prefault({}),

  hostname: hostName("api.example.com"),

  cluster: section({
    namespace: kubernetesName().default("pulse-messages"),
    createNamespace: yesOrNo().default(true),
    /** Context in the kubeconfig; its current one when left out (not in production). */
    context: text("the name of a context in the kubeconfig").optional(),
    /** Absolute path of a kubeconfig; KUBECONFIG or ~/.kube/config when left out. */
    kubeconfig: text("the absolute path of a kubeconfig", /^\//).optional(),
    gateway: section({
      name: kubernetesName().default("pulse"),
      /** The app's own when left out. */
      namespace: kubernetesName().optional(),
      className: kubernetesName().default("envoy"),
      /** Which implementation runs behind the class: limits are set in its own API. */
      kind: oneOf(gatewayKinds).default("envoy"),
      create: yesOrNo().default(false),
      /** Plain HTTP, which is sent on to HTTPS. */
      httpPort: wholeNumber(1, 65535).default(80),
      httpsPort: wholeNumber(1, 65535).default(443),
      /** Port of the listener at which one colour alone answers, for smoke tests. Keep it from the outside. */
      internalPort: wholeNumber(1, 65535).default(8090),
      /** Where the certificate comes from: one of the first two. Needed where the Gateway is made here. */
      tls: section({
        certManagerIssuer: section({
          name: kubernetesName(),
          kind: oneOf(["ClusterIssuer", "Issuer"]).default("ClusterIssuer"),
        }).optional(),
        secretName: kubernetesName().optional(),
        /** The Gateway's own when left out. */
        secretNamespace: kubernetesName().optional(),
      }).optional(),
      /** Namespaces of the proxies; left out, what the kind's installation has by itself. */
      proxyNamespaces: listOf(kubernetesName(), "namespaces", 1).optional(),
    }).prefault({}),
  }).prefault({}),

  /** What a client may ask for, and what browsers are told. */
  edge: section({
    /** Of one client address, at each proxy. */
    requestsPerSecond: wholeNumber(1, 1_000_000).default(100),
    requestSize: binaryBytes().default("1Mi"),
    /** Envoy Gateway has no limit of a body's size that lets WebSockets through: true gives up requestSize there. */
    webSockets: yesOrNo().default(false),
    /** Of all clients, at each proxy. */
    connections: wholeNumber(1, 1_000_000).default(10_000),
    headerTimeoutSeconds: wholeNumber(1, 600, "seconds").default(10),
    idleTimeoutSeconds: wholeNumber(1, 86_400, "seconds").default(300),
    /** Proxies in front of the gateway whose X-Forwarded-For is believed. */
    trustedProxies: wholeNumber(0, 10).default(0),
    /** Sources by directive that the Content-Security-Policy allows besides the strict ones. */
    contentSources: mapOf(
      listOf(text("a source without spaces, commas and semicolons", /^[^\s;,]+$/), "sources", 1),
      "sources by directive, such as img-src: ['self']",
      /^[a-z]+(-[a-z]+)*$/,
    ).default({}),
  }).prefault({}),

  /** Registries, with path where they are shared, that images may come from: pods of others are refused. */
  registries: listOf(
    text("a registry such as ghcr.io/example", /^[a-z0-9]([a-z0-9._-]|:\d)*(\/[a-z0-9._-]+)*$/),
    "registries",
    1,
  ),

  /** Login of the registry; a secret. */
  pullSecret: section({
    server: text("a registry's host such as ghcr.io", /^[a-z0-9]([a-z0-9.-]|:\d)*$/),
    username: text("the name of a user"),
    password: text("a password or token"),
  }).optional(),

  /** Connections that network policies allow besides those that always must be. */
  network: section({
    /** Where Prometheus runs. */
    monitoringNamespace: kubernetesName().default("monitoring"),
    prometheusPort: wholeNumber(1, 65535).default(9090),
    /** For the release driver. */
    apiServer: section({
      cidr: cidr().default("0.0.0.0/0"),
      except: except(),
      ports: ports().default([443, 6443]),
    }).prefault({}),
    appEgress: listOf(egress(), "groups of cidr, except, ports").default([]),
    backupEgress: listOf(egress(), "groups of cidr, except, ports").default([]),
  }).prefault({}),

  /** Groups of people, as the cluster's authentication names them. */
  access: section({
    /** May look at everything but Secrets. */
    operatorGroups: listOf(text("a group's name"), "groups").default([]),
    /** May run releases. */
    releaserGroups: listOf(text("a group's name"), "groups").default([]),
  }).prefault({}),

  /** Room in the namespace for pods that are neither the app's nor the release watcher's: backup jobs. */
  otherPods: section({
    count: wholeNumber(0, 100, "pods").default(4),
    requests: section({ cpu: cpu().default("50m"), memory: memory().default("64Mi") }).prefault({}),
    limits: section({ cpu: cpu().default("500m"), memory: memory().default("512Mi") }).prefault({}),
  }).prefault({}),

  /** Both colours have these limits; the HorizontalPodAutoscaler alone sets the number of pods. */
  scaling: section({
    minReplicas: wholeNumber(2, 1000, "pods").default(3),
    maxReplicas: wholeNumber(2, 1000, "pods").default(10),
    cpuPercent: wholeNumber(1, 100, "percent of the request").default(70),
    memoryPercent: wholeNumber(1, 100, "percent of the request").default(80),
    standbyReplicas: wholeNumber(1, 1000, "pods").default(1),
  }).prefault({}),

  resources: section({
    requests: section({ cpu: cpu().default("200m"), memory: memory().default("256Mi") }).prefault({}),
    limits: section({ cpu: cpu().default("500m"), memory: memory().default("512Mi") }).prefault({}),
  }).prefault({}),

  probes: section({
    liveness: probe({ initialDelaySeconds: 30, periodSeconds: 10, failureThreshold: 3 }),
    readiness: probe({ initialDelaySeconds: 10, periodSeconds: 5, failureThreshold: 3 }),
    startup: probe({ initialDelaySeconds: 0, periodSeconds: 5, failureThreshold: 30 }),
  }).prefault({}),

  rollout: section({
    /** How long a new pod has to stay ready before it counts as available. */
    minReadySeconds: wholeNumber(0, 600, "seconds").default(5),
    /** How long an ending pod goes on answering while the proxies learn that it is gone. */
    preStopSleepSeconds: wholeNumber(1, 600, "seconds").default(10),
    /** Ready pods that a colour needs before it may take any traffic. */
    minReady: wholeNumber(1, 1000, "pods").default(2),
    /** How long an update waits for a colour to become ready before it refuses to give it traffic. */
    readyTimeoutSeconds: wholeNumber(1, 3600, "seconds").default(300),
    /** How long an update waits for the gateway to accept a changed route; 0 where no gateway controller runs. */
    routeTimeoutSeconds: wholeNumber(0, 600, "seconds").default(60),
  }).prefault({}),

  /** What the release driver reads; see releaseSchema.ts. */
  release: releaseSchema,
});

/** The checked configuration of one environment, defaults filled in. */
export type EnvironmentConfig = z.output<typeof environmentSchema>;

/** The same without what a switch changes, for whoever watches an environment: no key of its own is needed. */
export const watchedSchema = environmentSchema.extend({
  activeColor: environmentSchema.shape.activeColor.optional(),
  images: environmentSchema.shape.images.optional(),
  registries: environmentSchema.shape.registries.optional(),
});

/**
 * As much of a config as watching and judging a release takes. What is not here the watcher's file does not say, and its
 * default would be taken for it.
 */
export type WatchedConfig = Pick<
  EnvironmentConfig,
  "kind" | "environment" | "hostname" | "rollout" | "release"
> & {
  app: Pick<EnvironmentConfig["app"], "name" | "healthPath">;
  cluster: Pick<EnvironmentConfig["cluster"], "namespace" | "context" | "kubeconfig"> & {
    gateway: Pick<EnvironmentConfig["cluster"]["gateway"], "name" | "namespace" | "internalPort">;
  };
};
