import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubeClient } from "../client.ts";
import { annotation, annotations, describe, groupOf } from "../naming.ts";
import { getString, type KubeObject } from "../values.ts";
import { backingOf, bindsLate, explain } from "./details.ts";
import { ready, type Readiness } from "./status.ts";
import { parseWaitFor, waitForReadiness } from "./wait-for.ts";
import * as workloads from "./workloads.ts";

/** The object is there but did not become ready: the message says why. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
  /** The object as last seen. */
  readonly live: KubeObject;

  constructor(message: string, live: KubeObject) {
    super(message);
    this.live = live;
  }
}

export interface AwaitOptions {
  client: KubeClient;
  /** The object's path in the API. */
  path: string;
  /** Seconds until it counts as failed. */
  timeout: number;
  signal: AbortSignal;
  /** A line of progress; an empty one clears it. */
  report: (message: string) => void;
}

/** Milliseconds between two looks at an object, at first and later. */
const [quick, slow] = [150, 500];
/** Milliseconds between two looks at the pods, which only explain. */
const explainEvery = 1500;

/** How far an object is. Kinds that have nothing to wait for are ready at once. */
export async function readiness(client: KubeClient, live: KubeObject): Promise<Readiness> {
  if (annotation(live, annotations.skipAwait) === "true") return ready;
  const expectations = parseWaitFor(live);
  if (expectations) return waitForReadiness(live, expectations);
  switch (`${groupOf(getString(live, "apiVersion") ?? "")}/${getString(live, "kind") ?? ""}`) {
    case "apps/Deployment":
      return workloads.deploymentReadiness(live);
    case "apps/StatefulSet":
      return workloads.statefulSetReadiness(live);
    case "apps/DaemonSet":
      return workloads.daemonSetReadiness(live);
    case "batch/Job":
      return workloads.jobReadiness(live);
    case "/Pod":
      return workloads.podReadiness(live);
    case "/Service":
      return workloads.serviceReadiness(live, await backingOf(client, live));
    case "/PersistentVolumeClaim":
      return workloads.claimReadiness(live, await bindsLate(client, live));
    case "apiextensions.k8s.io/CustomResourceDefinition":
      return workloads.definitionReadiness(live);
    default:
      return ready;
  }
}

/** Waits until the object is ready and returns it as it is then. Throws NotReadyError on failure, time-out and cancel. */
export async function awaitReady(first: KubeObject, options: AwaitOptions): Promise<KubeObject> {
  const { client, report } = options;
  const start = Date.now();
  let live = first;
  let explained: string | undefined;
  let explainedAt = start;
  let reported = "";
  for (;;) {
    const state = await readiness(client, live).catch((error: unknown) => {
      throw new NotReadyError((error as Error).message, live);
    });
    if (state.state === "ready") {
      if (reported) report("");
      return live;
    }
    const seconds = Math.round((Date.now() - start) / 1000);
    const late = Date.now() - start >= options.timeout * 1000;
    if (late || state.state === "failed") {
      explained = await explain(client, live);
      const when = state.state === "failed" ? `failed after ${seconds} s` : `is not ready after ${seconds} s`;
      throw new NotReadyError(`${describe(live)} ${when}: ${join(state.message, explained)}`, live);
    }
    if (Date.now() - explainedAt >= explainEvery) {
      explained = await explain(client, live);
      explainedAt = Date.now();
    }
    const message = join(state.message, explained);
    if (message !== reported) report((reported = message));
    live = await pause(Date.now() - start < 5000 ? quick : slow, live, options, message);
  }
}

/** Waits a moment, then looks again. */
async function pause(
  milliseconds: number,
  live: KubeObject,
  options: AwaitOptions,
  message: string,
): Promise<KubeObject> {
  try {
    await sleep(milliseconds, undefined, { signal: options.signal });
    return await options.client.request("GET", options.path, { signal: options.signal });
  } catch (error) {
    if (options.signal.aborted)
      throw new NotReadyError(`${describe(live)}: cancelled while waiting (${message})`, live);
    if (error instanceof ApiError && error.status === 404)
      throw new NotReadyError(`${describe(live)} was deleted by somebody while it was awaited`, live);
    throw new NotReadyError(`${describe(live)}: ${(error as Error).message}`, live);
  }
}

const join = (message: string, explained: string | undefined): string =>
  explained ? `${message}; ${explained}` : message;
