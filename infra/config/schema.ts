import { z } from "zod";
import {
  cpu,
  hostName,
  kindOf,
  kubernetesName,
  memory,
  oneOf,
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

  app: section({
    /** First part of every resource's name; "-green" has to fit behind it. */
    name: kubernetesName(57).default("pulse-messages"),
    containerPort: wholeNumber(1024, 65535).default(8080),
    user: wholeNumber(1, 65535).default(1000),
    env: variables().default({}),
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
      create: yesOrNo().default(false),
      httpPort: wholeNumber(1, 65535).default(80),
      /** Port of the listener at which one colour alone answers, for smoke tests. Keep it from the outside. */
      internalPort: wholeNumber(1, 65535).default(8090),
    }).prefault({}),
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
