import { clusterStatus } from "../cluster/index.ts";
import { UserError } from "../errors.ts";
import { table } from "../start/lines.ts";
import { ensureTools } from "../toolchain/index.ts";
import { readEnvironments, type Environment } from "./slots.ts";

type ClusterStatus = NonNullable<Awaited<ReturnType<typeof clusterStatus>>>;

/** Prints what runs in the sandbox: processes, colours, weights, images and pods. */
export async function printStatus(dir: string): Promise<void> {
  const cluster = await clusterStatus(dir);
  if (!cluster) throw new UserError("No sandbox runs in this folder; npm start brings one up.");
  process.stdout.write(`${clusterLines(cluster).join("\n")}\n`);
  const { kubectl } = await ensureTools(["kubectl"], () => undefined);
  const environments = await readEnvironments(kubectl, cluster.kubeconfig);
  process.stdout.write(`${environmentLines(environments, cluster.gatewayUrl).join("\n")}\n`);
}

/** The cluster's part of the status. */
export function clusterLines(status: ClusterStatus): string[] {
  const { level, kubeconfig, processes, gatewayUrl, internalUrl, prometheusUrl } = status;
  const dead = processes.filter(({ alive }) => !alive);
  return [
    `cluster     ${level}, ${processes.length - dead.length} of ${processes.length} processes run`,
    ...dead.map(({ name, log }) => `            ${name} has stopped, see ${log}; npm start mends it`),
    `processes   ${processes.map(({ name, pid }) => `${name} ${pid}`).join(", ")}`,
    `kubeconfig  ${kubeconfig}`,
    ...(gatewayUrl === undefined ? [] : [`gateway     ${gatewayUrl}`]),
    ...(internalUrl === undefined ? [] : [`one colour  ${internalUrl} (Host: <colour>.<host>)`]),
    ...(prometheusUrl === undefined ? [] : [`prometheus  ${prometheusUrl}`]),
  ];
}

/** The environments' part of the status. */
export function environmentLines(environments: readonly Environment[], gatewayUrl?: string): string[] {
  if (environments.length === 0)
    return ["", "Nothing is applied yet; npm run pulumi -- up applies the stack."];
  return environments.flatMap(({ namespace, app, hostname, slots }) => [
    "",
    `${app} in namespace ${namespace}, host ${hostname}`,
    ...table([
      ["colour", "traffic", "pods ready", "image"],
      ...slots.map(({ color, weight, ready, wanted, image }) => [
        color,
        `${weight}%`,
        `${ready}/${wanted}`,
        image,
      ]),
    ]).map((line) => `  ${line}`),
    ...(gatewayUrl === undefined ? [] : [`  ask it: curl -H 'Host: ${hostname}' ${gatewayUrl}/`]),
  ]);
}
