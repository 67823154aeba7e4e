// One way to break a rule a line, by the rule's name. The world is in ../fixtures.
import { gone, type Edit, type Mutation } from "../world.ts";

const blue = "Deployment pulse-messages-blue";
const container = "spec/template/spec/containers/0";
const pod = "spec/template/spec";
const route = "HTTPRoute pulse-messages-route";
const gateway = "Gateway pulse";
const budget = "PodDisruptionBudget pulse-messages-blue";
const scaler = "HorizontalPodAutoscaler pulse-messages-blue";
const at = (path: string, value: unknown): Edit => [blue, path, value];
const inContainer = (path: string, value: unknown): Edit => at(`${container}/${path}`, value);
const object = (type: string, name: string, props: Record<string, unknown>): Edit => ({
  type: `kubernetes:${type}`,
  name,
  props: {
    ...props,
    metadata: { name, namespace: "pulse-messages", ...(props.metadata as object | undefined) },
  },
});

export const kubernetes: Record<string, Mutation[]> = {
  "kubernetes-immutable-image": [
    ["a tag that moves", inContainer("image", "app:latest")],
    ["no tag", inContainer("image", "app")],
    ["a part of a version", inContainer("image", "app:1.4")],
    ["no image", inContainer("image", gone)],
    ["in what prepares a pod", at(`${pod}/initContainers`, [{ name: "setup", image: "setup:latest" }])],
    ["in a Pod", object("core/v1:Pod", "one", { spec: { containers: [{ name: "a", image: "a:latest" }] } })],
    [
      "in a CronJob",
      object("batch/v1:CronJob", "nightly", {
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "a", image: "a" }] } } } } },
      }),
    ],
  ],
  "kubernetes-restricted-pods": [
    ["may be root", at(`${pod}/securityContext/runAsNonRoot`, gone)],
    ["is root", at(`${pod}/securityContext/runAsUser`, 0)],
    ["a container is root", inContainer("securityContext/runAsUser", 0)],
    ["no seccomp", at(`${pod}/securityContext/seccompProfile`, gone)],
    ["seccomp off", at(`${pod}/securityContext/seccompProfile/type`, "Unconfined")],
    ["escalates", inContainer("securityContext/allowPrivilegeEscalation", gone)],
    ["privileged", inContainer("securityContext/privileged", true)],
    ["keeps capabilities", inContainer("securityContext/capabilities", gone)],
    ["adds capabilities", inContainer("securityContext/capabilities/add", ["NET_ADMIN"])],
    ["host network", at(`${pod}/hostNetwork`, true)],
    ["host processes", at(`${pod}/hostPID`, true)],
    ["host IPC", at(`${pod}/hostIPC`, true)],
    ["host folder", at(`${pod}/volumes/0`, { name: "node", hostPath: { path: "/" } })],
    ["host port", inContainer("ports/0/hostPort", 80)],
  ],
  "kubernetes-read-only-root": [
    ["not said", inContainer("securityContext/readOnlyRootFilesystem", gone)],
    ["off", inContainer("securityContext/readOnlyRootFilesystem", false)],
  ],
  "kubernetes-probes": [
    ["no startup", inContainer("startupProbe", gone)],
    ["no liveness", inContainer("livenessProbe", gone)],
    ["no readiness", inContainer("readinessProbe", gone)],
    ["asks nothing", inContainer("readinessProbe/httpGet", gone)],
  ],
  "kubernetes-resources": [
    ["nothing", inContainer("resources", gone)],
    ["no cpu request", inContainer("resources/requests/cpu", gone)],
    ["no memory request", inContainer("resources/requests/memory", gone)],
    ["no cpu limit", inContainer("resources/limits/cpu", gone)],
    ["no memory limit", inContainer("resources/limits/memory", gone)],
    ["a limit below the request", inContainer("resources/limits/memory", "128Mi")],
  ],
  "kubernetes-rollout": [
    ["no strategy", at("spec/strategy", gone)],
    ["all at once", at("spec/strategy/type", "Recreate")],
    ["takes away first", at("spec/strategy/rollingUpdate/maxUnavailable", 1)],
    ["as Kubernetes has it", at("spec/strategy/rollingUpdate/maxUnavailable", gone)],
    ["none more", at("spec/strategy/rollingUpdate/maxSurge", 0)],
  ],
  "kubernetes-replicas": [["a number", at("spec/replicas", 3)]],
  "kubernetes-drain": [
    ["no pause", inContainer("lifecycle", gone)],
    ["no time", at(`${pod}/terminationGracePeriodSeconds`, 30)],
    ["a longer request", [route, "spec/rules/0/timeouts/request", "1m"]],
    ["a longer pause", inContainer("lifecycle/preStop/sleep/seconds", 20)],
  ],
  "kubernetes-pod-spread": [
    ["neither", at(`${pod}/topologySpreadConstraints`, gone), at(`${pod}/affinity`, gone)],
  ],
  "kubernetes-metrics": [
    ["not scraped", at("spec/template/metadata/annotations/prometheus.io~1scrape", "false")],
    ["no path", at("spec/template/metadata/annotations/prometheus.io~1path", gone)],
    ["another port", at("spec/template/metadata/annotations/prometheus.io~1port", "9999")],
    ["nothing", at("spec/template/metadata/annotations", gone)],
  ],
  "kubernetes-autoscaler": [
    ["none", [scaler]],
    ["of another Deployment", [scaler, "spec/scaleTargetRef/name", "other"]],
    ["one pod", [scaler, "spec/minReplicas", 1]],
    ["no minimum", [scaler, "spec/minReplicas", gone]],
    ["fewer at most", [scaler, "spec/maxReplicas", 1]],
    ["no metrics", [scaler, "spec/metrics", gone]],
    ["no cpu", [scaler, "spec/metrics/0/resource/name", "other"]],
    ["no memory", [scaler, "spec/metrics/1/resource/target/averageUtilization", gone]],
  ],
  "kubernetes-disruption-budget": [
    ["none", [budget]],
    ["of other pods", [budget, "spec/selector/matchLabels/color", "red"]],
    ["elsewhere", [budget, "metadata/namespace", "other"]],
    ["keeps none", [budget, "spec/minAvailable", 0]],
    ["lets all go", [budget, "spec/minAvailable", gone], [budget, "spec/maxUnavailable", "100%"]],
  ],
  "kubernetes-route-weights": [
    ["more than 100", [route, "spec/rules/0/backendRefs/1/weight", 10]],
    ["less than 100", [route, "spec/rules/0/backendRefs/0/weight", 90]],
    ["to nobody", [route, "spec/rules/0/backendRefs/0/name", "nobody"]],
    ["to a colour without a Deployment", [blue]],
    ["to pods with other labels", at("spec/template/metadata/labels/color", "red")],
  ],
  "kubernetes-service-selectors": [
    ["the other colour's", ["Service pulse-messages-green", "spec/selector/color", "blue"]],
    ["both colours", ["Service pulse-messages-green", "spec/selector/color", gone]],
    ["all pods", ["Service pulse-messages-green", "spec/selector", {}]],
  ],
  "kubernetes-gateway-only": [
    ["NodePort", ["Service pulse-messages-green", "spec/type", "NodePort"]],
    ["LoadBalancer", ["Service pulse-messages-green", "spec/type", "LoadBalancer"]],
    ["external addresses", ["Service pulse-messages-green", "spec/externalIPs", ["192.0.2.1"]]],
    ["an Ingress", object("networking.k8s.io/v1:Ingress", "second", { spec: {} })],
  ],
  "kubernetes-gateway-tls": [
    ["no TLS", [gateway, "spec/listeners/1/protocol", "HTTP"]],
    ["no certificate", [gateway, "spec/listeners/1/tls/certificateRefs", []]],
    ["passed on", [gateway, "spec/listeners/1/tls/mode", "Passthrough"]],
    ["the application over plain HTTP", [route, "spec/parentRefs/0/sectionName", "http"]],
    ["at every listener", [route, "spec/parentRefs/0/sectionName", gone]],
    [
      "a redirect to plain HTTP",
      ["HTTPRoute pulse-messages-redirect", "spec/rules/0/filters/0/requestRedirect/scheme", "http"],
    ],
  ],
  "kubernetes-rate-limit": [
    ["none", ["BackendTrafficPolicy rate-limit"]],
    ["no rules", ["BackendTrafficPolicy rate-limit", "spec/rateLimit/local/rules", []]],
    ["of another route", ["BackendTrafficPolicy rate-limit", "spec/targetRefs/0/name", "other"]],
    ["elsewhere", ["BackendTrafficPolicy rate-limit", "metadata/namespace", "other"]],
  ],
  "kubernetes-default-deny": [
    ["none", ["NetworkPolicy default-deny"]],
    ["some pods", ["NetworkPolicy default-deny", "spec/podSelector", { matchLabels: { app: "a" } }]],
    [
      "some pods, by expression",
      [
        "NetworkPolicy default-deny",
        "spec/podSelector",
        { matchExpressions: [{ key: "a", operator: "Exists" }] },
      ],
    ],
    ["inwards only", ["NetworkPolicy default-deny", "spec/policyTypes", ["Ingress"]]],
    ["outwards only", ["NetworkPolicy default-deny", "spec/policyTypes", ["Egress"]]],
    ["all may come in", ["NetworkPolicy default-deny", "spec/ingress", [{}]]],
    ["all may go out", ["NetworkPolicy default-deny", "spec/egress", [{}]]],
    ["elsewhere", ["NetworkPolicy default-deny", "metadata/namespace", "other"]],
  ],
  "kubernetes-namespace-restricted": [
    ["no label", ["Namespace pulse-messages", "metadata/labels", gone]],
    ["less", ["Namespace pulse-messages", "metadata/labels/pod-security.kubernetes.io~1enforce", "baseline"]],
  ],
  "kubernetes-service-account": [
    ["none", at(`${pod}/serviceAccountName`, gone)],
    ["everybody's", at(`${pod}/serviceAccountName`, "default")],
    ["with a token", at(`${pod}/automountServiceAccountToken`, gone)],
  ],
  "kubernetes-rbac": [
    ["every verb", ["Role release", "rules/0/verbs", ["*"]]],
    ["every resource", ["Role release", "rules/0/resources", ["*"]]],
    ["every group", ["Role release", "rules/0/apiGroups", ["*"]]],
    ["an administrator", ["RoleBinding release", "roleRef/name", "cluster-admin"]],
  ],
  "kubernetes-secret-env": [
    ["by its name", inContainer("env/0", { name: "API_TOKEN", value: "anything" })],
    [
      "by its shape",
      inContainer("env/0", { name: "CONNECTION", value: "postgres://app:hunter22@db.internal/app" }),
    ],
  ],
  "kubernetes-labels": [
    ["none", ["Service pulse-messages-blue", "metadata/labels", gone]],
    ["empty", ["Service pulse-messages-blue", "metadata/labels/app.kubernetes.io~1managed-by", ""]],
  ],
};
