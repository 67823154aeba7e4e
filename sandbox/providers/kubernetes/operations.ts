import { setTimeout as sleep } from "node:timers/promises";
import { apply, pathOf, rehearseCreate, type Target } from "./apply.ts";
import { awaitReady, NotReadyError, readiness } from "./await/index.ts";
import { explain } from "./await/details.ts";
import { ApiError } from "./client.ts";
import { objectPath } from "./discovery.ts";
import {
  annotation,
  annotations,
  describe,
  fieldManager,
  idOf,
  kindOf,
  parseId,
  timeoutSeconds,
} from "./naming.ts";
import { importedInputs, liveInputs } from "./prune.ts";
import {
  getList,
  getObject,
  getString,
  hasUnknown,
  markSecrets,
  overlay,
  plainObject,
  show,
  without,
  type JsonObject,
  type KubeObject,
} from "./values.ts";

/** What one call of the engine is about. */
export interface Call {
  target: Target;
  urn: string;
  /** Seconds from the resource's own options; 0 for none. */
  timeout: number;
  preview: boolean;
  signal: AbortSignal;
  /** Progress beside the resource's line; an empty text clears it. */
  report: (message: string) => void;
  /** A warning of the API server, which stays. */
  warn: (message: string) => void;
}

export interface Outcome {
  id: string;
  /** The resource's state: the live object, and under names with `__` what this provider must remember. */
  outputs: JsonObject;
}

/** The object was written but is not ready: state and reason belong together. */
export class PartialError extends Error {
  override readonly name = "PartialError";
  readonly outcome: Outcome;
  readonly inputs: JsonObject;

  constructor(message: string, outcome: Outcome, inputs: JsonObject) {
    super(message);
    this.outcome = outcome;
    this.inputs = inputs;
  }
}

const managerKey = "__fieldManager";

/** The state of a resource; who owns fields is left out, because it is long and read anew each time. */
function checkpoint(live: KubeObject, inputs: JsonObject, manager: string): JsonObject {
  const metadata = without(getObject(live, "metadata"), "managedFields");
  const outputs: JsonObject = markSecrets({ ...live, metadata }, inputs);
  return {
    ...outputs,
    __inputs: inputs,
    __initialApiVersion: inputs.apiVersion ?? "",
    [managerKey]: manager,
  };
}

/** The live object as recorded in a resource's state. */
function recordedLive(state: JsonObject): KubeObject {
  const bare = plainObject(state);
  return Object.fromEntries(Object.entries(bare).filter(([key]) => !key.startsWith("__")));
}

/**
 * What was last sent to the API server. After an update whose object did not become ready, the engine keeps the inputs
 * of the update before as the resource's inputs, though the object has the new ones.
 */
export function appliedInputs(state: JsonObject, inputs: JsonObject): JsonObject {
  const applied = getObject(state, "__inputs");
  return Object.keys(applied).length > 0 ? applied : inputs;
}

export async function create(call: Call, inputs: JsonObject): Promise<Outcome> {
  const object = plainObject(inputs);
  const manager = fieldManager(object, call.urn, undefined);
  if (call.preview) {
    if (!hasUnknown(object))
      await rehearseCreate(call.target, object, {
        manager,
        urn: call.urn,
        dryRun: true,
        signal: call.signal,
        warn: call.warn,
      });
    return { id: "", outputs: inputs };
  }
  return write(call, inputs, manager, undefined);
}

export async function update(call: Call, state: JsonObject, inputs: JsonObject): Promise<Outcome> {
  const object = plainObject(inputs);
  const former = getString(state, managerKey);
  const manager = fieldManager(object, call.urn, former);
  if (!call.preview) return write(call, inputs, manager, former);
  if (!hasUnknown(object))
    await apply(call.target, object, {
      manager,
      urn: call.urn,
      dryRun: true,
      signal: call.signal,
      warn: call.warn,
      ...(former === undefined ? {} : { formerManager: former }),
    });
  const expected = overlay(recordedLive(state), object) as JsonObject;
  return { id: "", outputs: checkpoint(expected, inputs, manager) };
}

async function write(
  call: Call,
  inputs: JsonObject,
  manager: string,
  former: string | undefined,
): Promise<Outcome> {
  const object = plainObject(inputs);
  const timeout = timeoutSeconds(object, call.timeout);
  const applied = await patiently(call, () =>
    apply(call.target, object, {
      manager,
      urn: call.urn,
      dryRun: false,
      signal: call.signal,
      warn: call.warn,
      ...(former === undefined ? {} : { formerManager: former }),
    }),
  );
  const id = idOf(applied);
  try {
    const path = await pathOf(call.target, applied, call.urn);
    const { signal, report } = call;
    const live = await awaitReady(applied, { client: call.target.client, path, timeout, signal, report });
    return { id, outputs: checkpoint(live, inputs, manager) };
  } catch (error) {
    const live = error instanceof NotReadyError ? error.live : applied;
    throw new PartialError(
      (error as Error).message,
      { id, outputs: checkpoint(live, inputs, manager) },
      inputs,
    );
  }
}

/** Tries again for a few seconds where the namespace is only being made by the same update. */
async function patiently(call: Call, attempt: () => Promise<KubeObject>): Promise<KubeObject> {
  for (const end = Date.now() + 5000; ;) {
    try {
      return await attempt();
    } catch (error) {
      const early = /^namespaces? ".*" not found$/.test((error as Error).message);
      if (!early || Date.now() > end) throw error;
      call.report((error as Error).message.replace(/^/, "waiting: "));
      await sleep(300, undefined, { signal: call.signal });
    }
  }
}

/** The resource as it is now, for refresh and import; undefined where it is gone. */
export async function read(
  call: Call,
  id: string,
  state: JsonObject,
  lastInputs: JsonObject,
): Promise<(Outcome & { inputs: JsonObject }) | undefined> {
  const inputs = appliedInputs(state, lastInputs);
  const recorded = recordedLive(state);
  const gvk = kindOf(Object.keys(inputs).length > 0 ? inputs : recorded, call.urn);
  const { namespace, name } = parseId(id);
  const info = await call.target.discovery.find(gvk);
  if (!info) return undefined;
  const live = await getLive(call, objectPath(gvk.apiVersion, info, namespace, name));
  if (!live) return undefined;
  const bare = plainObject(inputs);
  const found = Object.keys(bare).length > 0 ? liveInputs(bare, live, recorded) : importedInputs(live);
  const marked = markSecrets(found, inputs);
  const manager = fieldManager(bare, call.urn, getString(state, managerKey));
  const outcome: Outcome = { id, outputs: checkpoint(live, marked, manager) };
  const status = await readiness(call.target.client, live);
  if (status.state !== "ready") {
    const reason = await explain(call.target.client, live);
    throw new PartialError(
      `${describe(live)}: ${status.message}${reason ? `; ${reason}` : ""}`,
      outcome,
      marked,
    );
  }
  return { ...outcome, inputs: marked };
}

async function getLive(call: Call, path: string): Promise<KubeObject | undefined> {
  try {
    return await call.target.client.request("GET", path, { signal: call.signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Deletes the object and what it owns, and waits until it is gone. One that is gone already is fine. */
export async function remove(call: Call, id: string, state: JsonObject): Promise<void> {
  const recorded = recordedLive(state);
  const gvk = kindOf(recorded, call.urn);
  const { namespace, name } = parseId(id);
  const info = await call.target.discovery.find(gvk);
  if (!info) return;
  const path = objectPath(gvk.apiVersion, info, namespace, name);
  const live = await getLive(call, path);
  const uid = getString(live, "metadata", "uid");
  if (!live || uid !== (getString(recorded, "metadata", "uid") ?? uid)) return; // somebody made another one of that name
  const policy = annotation(recorded, annotations.deletionPropagation) ?? "foreground";
  const propagationPolicy = policy.charAt(0).toUpperCase() + policy.slice(1).toLowerCase();
  try {
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy,
      preconditions: { uid: uid ?? "" },
    };
    await call.target.client.request("DELETE", path, { body, signal: call.signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    throw error;
  }
  await awaitGone(call, path, live);
}

async function awaitGone(call: Call, path: string, deleted: KubeObject): Promise<void> {
  if (annotation(deleted, annotations.skipAwait) === "true") return;
  const timeout = timeoutSeconds(deleted, call.timeout);
  const uid = getString(deleted, "metadata", "uid");
  let reported = "";
  for (const start = Date.now(); ;) {
    const live = await getLive(call, path);
    if (!live || getString(live, "metadata", "uid") !== uid) break;
    const message = whyStill(live);
    if (Date.now() - start > timeout * 1000)
      throw new Error(`${describe(live)} is not gone after ${timeout} s: ${message}`);
    if (message !== reported && Date.now() - start > 1000) call.report((reported = message));
    await sleep(Date.now() - start < 5000 ? 100 : 500, undefined, { signal: call.signal });
  }
  if (reported) call.report("");
}

/** What holds a deleted object back. */
export function whyStill(live: KubeObject): string {
  const notes = getList(live, "status", "conditions")
    .filter((entry) => getString(entry, "status") === "True" && getString(entry, "message") !== undefined)
    .map((entry) => getString(entry, "message") ?? "");
  if (getString(live, "kind") === "Namespace" && notes.length > 0) return notes.join("; ");
  const finalizers = getList(live, "metadata", "finalizers").map(show);
  if (finalizers.includes("foregroundDeletion")) return "what it owns is still being deleted";
  return finalizers.length > 0
    ? `its finalizers hold it: ${finalizers.join(", ")}`
    : "it is still being deleted";
}
