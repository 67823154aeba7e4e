import type * as k8s from "@pulumi/kubernetes";
import { routeType, type HttpRoute } from "./gateway.ts";
import type { PropsOf, Seen } from "../resource.ts";
import type { Stack } from "../stack.ts";

export type PodSpec = PropsOf<k8s.types.input.core.v1.PodSpec>;
export type Container = NonNullable<PodSpec["containers"]>[number];
type PodTemplate = PropsOf<k8s.types.input.core.v1.PodTemplateSpec>;

export const deploymentType = "kubernetes:apps/v1:Deployment";
export const serviceType = "kubernetes:core/v1:Service";
export type Deployment = Seen<PropsOf<k8s.apps.v1.DeploymentArgs>>;
type Service = Seen<PropsOf<k8s.core.v1.ServiceArgs>>;

/** Kinds whose pods run until somebody ends them. */
const lasting = ["Deployment", "StatefulSet", "DaemonSet"].map((kind) => `kubernetes:apps/v1:${kind}`);
const passing = ["kubernetes:core/v1:Pod", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"];

/** Types whose pods run until somebody ends them: only these are asked how they are. */
export const isLasting = (type: string): boolean => lasting.includes(type);

/** Types that have pods: those of Kubernetes itself, and whatever else holds a template at the usual place. */
export const hasPods = (type: string): boolean =>
  isLasting(type) || passing.includes(type) || type === "kubernetes:apps/v1:ReplicaSet";

/** Where each kind keeps its pod. */
export function podOf({ type, props }: Seen): PodTemplate | undefined {
  if (type === "kubernetes:core/v1:Pod") return props;
  const spec = props.spec as { template?: PodTemplate; jobTemplate?: { spec?: { template?: PodTemplate } } };
  return type.endsWith(":CronJob") ? spec.jobTemplate?.spec?.template : spec.template;
}

/** All containers of a pod, those that prepare it first. */
export function containersOf(pod: PodTemplate | undefined): Container[] {
  return [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
}

/** How messages call a container. */
export const containerName = ({ name = "?" }: Container): string => `container ${name}`;

/** Whether pods with these labels are selected; an empty selector selects all. */
export const selects = (
  selector: Readonly<Record<string, string | undefined>> | undefined,
  labels: Readonly<Record<string, string | undefined>> = {},
): boolean => Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);

const inOneNamespace = (
  a: { props: { metadata?: { namespace?: string } } },
  b: { props: { metadata?: { namespace?: string } } },
): boolean => a.props.metadata?.namespace === b.props.metadata?.namespace;

/** Deployments whose pods a Service sends to. */
export const deploymentsOf = (stack: Stack, service: Service): Deployment[] =>
  stack
    .all<k8s.apps.v1.DeploymentArgs>(deploymentType)
    .filter(
      (deployment) =>
        inOneNamespace(service, deployment) &&
        selects(service.props.spec?.selector, deployment.props.spec?.template?.metadata?.labels),
    );

/** The Services that a route sends to, with the weight of each; undefined for one that this stack does not have. */
export function backendsOf(
  stack: Stack,
  route: Seen<HttpRoute>,
): { name: string; weight: number; service: Service | undefined }[] {
  const services = stack.all<k8s.core.v1.ServiceArgs>(serviceType);
  return (route.props.spec?.rules ?? []).flatMap(({ backendRefs = [] }) =>
    backendRefs.map(({ name = "?", namespace, weight = 1 }) => ({
      name,
      weight,
      service: services.find(
        ({ props: { metadata } }) =>
          metadata?.name === name && metadata.namespace === (namespace ?? route.props.metadata?.namespace),
      ),
    })),
  );
}

/** Deployments that users reach: a route between several Services gives them weight. */
export function serving(stack: Stack): Deployment[] {
  const routes = stack.all(routeType) as unknown as Seen<HttpRoute>[];
  const found = routes
    .filter((route) => (route.props.spec?.rules ?? []).some(({ backendRefs = [] }) => backendRefs.length > 1))
    .flatMap((route) => backendsOf(stack, route))
    .filter(({ weight }) => weight > 0)
    .flatMap(({ service }) => (service ? deploymentsOf(stack, service) : []));
  return [...new Set(found)];
}

/** Resources of a type in a Deployment's namespace. */
export const beside = <T extends { props: { metadata?: { namespace?: string } } }>(
  deployment: Deployment,
  others: readonly T[],
): T[] => others.filter((other) => inOneNamespace(deployment, other));
