// What the requirements ask of the service's resources, one by one. The whole is in test/golden.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { environment } from "../../stacks/environment.ts";
import { runWithMocks, type Registered } from "../support/mocks.ts";
import { asRaw, loadEnvironment, stackFile } from "../support/stack-config.ts";

const colors = ["blue", "green"] as const;
let resources: Registered[];

beforeAll(async () => {
  ({ resources } = await runWithMocks(() => environment(loadEnvironment(asRaw(stackFile("production"))))));
});

/** The spec of the resource of a kind. */
function spec(kind: string, name: string): unknown {
  const found = resources.find((resource) => resource.type.endsWith(`:${kind}`) && resource.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return (found.inputs as { spec: unknown }).spec;
}

interface DeploymentSpec {
  replicas?: number;
  strategy: unknown;
  template: { metadata: { labels: object; annotations: object }; spec: PodSpec };
}
interface PodSpec extends Record<string, unknown> {
  containers: Record<string, unknown>[];
  terminationGracePeriodSeconds: number;
}

describe.each(colors)("%s", (color) => {
  const name = `pulse-messages-${color}`;
  const deployment = () => spec("Deployment", name) as DeploymentSpec;
  const pod = () => deployment().template.spec;
  const container = () => pod().containers[0];

  test("K8S-02, K8S-03: rolls by one more and none less; the number of pods is the autoscaler's", () => {
    expect(deployment()).not.toHaveProperty("replicas");
    expect(deployment().strategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
  });

  test("K8S-02, K8S-04..06, CON-35: 3 to 10 pods, at 70 % CPU and 80 % memory, kept while warm", () => {
    expect(spec("HorizontalPodAutoscaler", name)).toEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: 3,
      maxReplicas: 10,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
        {
          type: "Resource",
          resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
      behavior: { scaleDown: { selectPolicy: "Disabled" } },
    });
  });

  test("K8S-07: at least one pod stays through disruptions", () => {
    expect(spec("PodDisruptionBudget", name)).toMatchObject({
      minAvailable: 1,
      selector: { matchLabels: { color } },
    });
  });

  test("K8S-08, K8S-09: requests and limits", () => {
    expect(container()?.resources).toEqual({
      requests: { cpu: "200m", memory: "256Mi" },
      limits: { cpu: "500m", memory: "512Mi" },
    });
  });

  test("K8S-10..12: probes", () => {
    expect(container()).toMatchObject({
      livenessProbe: {
        httpGet: { path: "/health", port: "http" },
        initialDelaySeconds: 30,
        periodSeconds: 10,
      },
      readinessProbe: {
        httpGet: { path: "/ready", port: "http" },
        initialDelaySeconds: 10,
        periodSeconds: 5,
      },
      startupProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 5, failureThreshold: 30 },
    });
  });

  test("K8S-13: metrics are found", () => {
    expect(deployment().template.metadata.annotations).toEqual({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8080",
      "prometheus.io/path": "/metrics",
    });
  });

  test("K8S-14, CON-12: a Service of its own, port 80 to the app's unprivileged one", () => {
    expect(spec("Service", name)).toEqual({
      type: "ClusterIP",
      selector: { "app.kubernetes.io/name": "pulse-messages", color },
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    });
    expect(container()?.ports).toEqual([{ name: "http", containerPort: 8080 }]);
  });

  test("K8S-18: pods of a colour are spread over zones and nodes", () => {
    const own = { matchLabels: { "app.kubernetes.io/name": "pulse-messages", color } };
    expect(pod().topologySpreadConstraints).toEqual([
      expect.objectContaining({ topologyKey: "topology.kubernetes.io/zone", labelSelector: own }),
      expect.objectContaining({ topologyKey: "kubernetes.io/hostname", labelSelector: own }),
    ]);
    expect(pod()).toHaveProperty("affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution");
  });

  test("K8S-19, BG-13: an ending pod sleeps, then has time for its longest request", () => {
    expect(container()?.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
    expect(pod().terminationGracePeriodSeconds).toBe(10 + 30 + 10);
    expect(deployment()).toMatchObject({ minReadySeconds: 5 });
  });

  test("SEC-21, SEC-23, SEC-24, CON-11: uid 1000, read-only, no escalation, no capability, no token", () => {
    expect(pod()).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: name,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(container()).toMatchObject({
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      },
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    });
  });

  test("a pod knows its colour", () => {
    expect(container()?.env).toContainEqual({ name: "COLOR", value: color });
  });
});

describe("the route", () => {
  test("BG-01, BG-05: carries all traffic to the active colour and keeps the other at hand", () => {
    const { rules } = spec("HTTPRoute", "pulse-messages-route") as {
      rules: { backendRefs: object[]; timeouts: object }[];
    };
    expect(rules[0]?.backendRefs).toMatchObject([
      { name: "pulse-messages-blue", port: 80, weight: 100 },
      { name: "pulse-messages-green", port: 80, weight: 0 },
    ]);
    expect(rules[0]?.timeouts).toEqual({ request: "30s" });
  });

  test("knows each colour by its own name at the internal listener, whatever its share", () => {
    for (const color of ["blue", "green"]) {
      expect(spec("HTTPRoute", `pulse-messages-${color}`)).toMatchObject({
        parentRefs: [{ sectionName: "internal" }],
        hostnames: [`${color}.api.example.com`],
        rules: [{ backendRefs: [{ name: `pulse-messages-${color}`, weight: 1 }] }],
      });
    }
  });

  test("waits for what gets traffic, and for nothing that gets none", () => {
    const route = resources.find(({ name }) => name === "pulse-messages-route");
    expect(route?.dependsOn).toContain("kubernetes:apps/v1:Deployment pulse-messages-blue");
    expect(route?.dependsOn).not.toContain("kubernetes:apps/v1:Deployment pulse-messages-green");
  });

  test("is guarded before and after", () => {
    const route = resources.find(({ name }) => name === "pulse-messages-route");
    expect(route?.hooks).toEqual({
      beforeCreate: ["pulse-messages-ready"],
      beforeUpdate: ["pulse-messages-ready"],
      afterCreate: ["pulse-messages-accepted", "pulse-messages-journal-traffic"],
      afterUpdate: ["pulse-messages-accepted", "pulse-messages-journal-traffic"],
    });
  });
});

test("CON-10: a retired colour has standbyReplicas pods and nothing that keeps them", async () => {
  const run = await runWithMocks(() =>
    environment(loadEnvironment(asRaw({ ...stackFile("production"), idleSize: "standby" }))),
  );
  ({ resources } = run);
  expect(spec("HorizontalPodAutoscaler", "pulse-messages-green")).toMatchObject({
    minReplicas: 1,
    maxReplicas: 1,
  });
  expect(spec("HorizontalPodAutoscaler", "pulse-messages-blue")).not.toHaveProperty("behavior");
  expect(
    resources.filter(({ type }) => type.endsWith(":PodDisruptionBudget")).map(({ name }) => name),
  ).toEqual(["pulse-messages-blue"]);
});
