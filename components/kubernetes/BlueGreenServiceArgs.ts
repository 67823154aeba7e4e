import type * as pulumi from "@pulumi/pulumi";
import type { Color } from "../../infra/domain/traffic.ts";
import type { ClusterAccess } from "../../infra/cluster/kubeconfig.ts";

/** Times and counts of a probe of the container, as Kubernetes names them. */
export interface ProbeArgs {
  /** Seconds from the container's start to the first probe. */
  initialDelaySeconds: number;
  periodSeconds: number;
  /** Seconds after which no answer is a failure. */
  timeoutSeconds: number;
  /** Failures in a row that count. */
  failureThreshold: number;
}

/** What runs in each colour. */
export interface AppArgs {
  /** Name of the HTTPRoute and first part of the names "<name>-blue" and "<name>-green". At most 57 characters. */
  name: string;
  /** Port the app listens on; the Services listen on 80. */
  containerPort: number;
  /** User and group id of the process; not 0. */
  user: number;
  /** Environment variables; COLOR is added. */
  env: Record<string, pulumi.Input<string>>;
  /** Largest size of /tmp, the one folder that the process may write to: a Kubernetes quantity. */
  tmpSize: string;
  /** Answers 200 while the process works: liveness and startup probes. */
  healthPath: string;
  /** Answers 200 while the process takes requests: readiness probe. */
  readyPath: string;
  /** Prometheus metrics. */
  metricsPath: string;
  /** Longest request in seconds: time-out at the gateway, and what an ending pod has time to finish. */
  longestRequestSeconds: number;
}

/** Resource options whose dependsOn is a plain list, so that more can be added to it. */
export type ListedDependencies<T extends pulumi.ResourceOptions> = Omit<T, "dependsOn"> & {
  dependsOn?: pulumi.Resource[];
};

export interface BlueGreenServiceArgs {
  app: AppArgs;
  /** Immutable image reference by colour. A colour without one has no pods; the active colour needs one. */
  images: Readonly<Partial<Record<Color, string>>>;
  /** The colour that carries the traffic. A change of it changes the HTTPRoute and nothing else. */
  activeColor: Color;
  /** Whole percent of the traffic, 0-100, for the other colour. */
  canaryWeight: number;
  /** Size of the colour that is not active: warm (full size) or standby (retired to `scaling.standbyReplicas`). */
  idleSize: "warm" | "standby";
  /** Lets an update change the pods of a colour that carries traffic. */
  allowLiveChange: boolean;
  /** Who runs this update, for the journal of the environment and for messages. */
  update: {
    stack: string;
    /** user@host, or the workflow's run. */
    by: string;
    /** The process's environment: CI, and PULSE_RELEASE of the release driver. */
    env: Readonly<Record<string, string | undefined>>;
  };
  /** An existing namespace. */
  namespace: string;
  /** Host that the route answers for. */
  hostname: string;
  /** The Gateway that the routes belong to. */
  gateway: { name: string; namespace: string };
  /** Headers that the gateway adds to every answer of the application, replacing its own of that name. */
  responseHeaders: Readonly<Record<string, string>>;
  /** Class that says how important the pods are; undefined: the cluster's default. */
  priorityClassName: string | undefined;
  /** Secret with the registry's login; undefined: none. */
  pullSecretName: string | undefined;
  /** The cluster that the guards ask: the same as the provider's. */
  cluster: ClusterAccess;
  /** Pods of each colour, and percent of their requests at which the autoscaler adds some. */
  scaling: {
    minReplicas: number;
    maxReplicas: number;
    cpuPercent: number;
    memoryPercent: number;
    standbyReplicas: number;
  };
  /** Kubernetes quantities. */
  resources: { requests: { cpu: string; memory: string }; limits: { cpu: string; memory: string } };
  probes: { liveness: ProbeArgs; readiness: ProbeArgs; startup: ProbeArgs };
  rollout: {
    /** Seconds that a new pod stays ready before it counts as available. */
    minReadySeconds: number;
    /** Seconds that an ending pod goes on answering before SIGTERM, while proxies learn that it is gone. */
    preStopSleepSeconds: number;
    /** Fewest ready pods of a colour that gets traffic. */
    minReady: number;
    /** Seconds without progress after which a rollout, or the wait for ready pods, has failed. */
    readyTimeoutSeconds: number;
    /** Seconds in which the gateway has to accept a changed route; 0: do not wait. */
    routeTimeoutSeconds: number;
  };
}

/** Labels of everything that belongs to a service, and, with a colour, to one of its colours. */
export function labels(name: string, color?: Color): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/managed-by": "pulse-infra",
    ...(color && { color }),
  };
}

/** The labels by which pods of a colour are found; these never change. */
export function selector(name: string, color: Color): Record<string, string> {
  return { "app.kubernetes.io/name": name, color };
}
