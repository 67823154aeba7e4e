import type * as k8s from "@pulumi/kubernetes";
import { terminationGrace } from "../../infra/domain/drain.ts";
import type { Color } from "../../infra/domain/traffic.ts";
import { labels, selector, type BlueGreenServiceArgs, type ProbeArgs } from "./BlueGreenServiceArgs.ts";

/**
 * The pods of a colour: nothing in here may depend on which colour is active, else a switch would restart them.
 * They satisfy the restricted Pod Security Standard.
 */
export function podTemplate(
  args: BlueGreenServiceArgs,
  color: Color,
  image: string,
): k8s.types.input.core.v1.PodTemplateSpec {
  const { app, rollout } = args;
  const own = { matchLabels: selector(app.name, color) };
  return {
    metadata: {
      labels: labels(app.name, color),
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(app.containerPort),
        "prometheus.io/path": app.metricsPath,
      },
    },
    spec: {
      serviceAccountName: `${app.name}-${color}`,
      automountServiceAccountToken: false,
      ...(args.priorityClassName !== undefined && { priorityClassName: args.priorityClassName }),
      terminationGracePeriodSeconds: terminationGrace({
        preStopSleepSeconds: rollout.preStopSleepSeconds,
        longestRequestSeconds: app.longestRequestSeconds,
      }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: app.user,
        runAsGroup: app.user,
        seccompProfile: { type: "RuntimeDefault" },
      },
      // Both are wishes: a small or half-broken cluster shall rather run pods side by side than not at all.
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { labelSelector: own, topologyKey: "kubernetes.io/hostname" } },
          ],
        },
      },
      topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
        (topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: own,
        }),
      ),
      containers: [container(args, color, image)],
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: app.tmpSize } }],
    },
  };
}

function container(
  { app, probes, resources, rollout }: BlueGreenServiceArgs,
  color: Color,
  image: string,
): k8s.types.input.core.v1.Container {
  return {
    name: app.name,
    image,
    ports: [{ name: "http", containerPort: app.containerPort }],
    env: Object.entries({ ...app.env, COLOR: color }).map(([name, value]) => ({ name, value })),
    resources,
    startupProbe: httpProbe(app.healthPath, probes.startup),
    livenessProbe: httpProbe(app.healthPath, probes.liveness),
    readinessProbe: httpProbe(app.readyPath, probes.readiness),
    // Done by the kubelet: the image needs no sleep command.
    lifecycle: { preStop: { sleep: { seconds: rollout.preStopSleepSeconds } } },
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

function httpProbe(path: string, probe: ProbeArgs): k8s.types.input.core.v1.Probe {
  return { httpGet: { path, port: "http" }, ...probe };
}
