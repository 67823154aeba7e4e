import * as pulumi from "@pulumi/pulumi";
import type { Color, TrafficConfig, Weights } from "../../infra/domain/traffic.ts";
import {
  liveChangeMistake,
  previewReady,
  retireMistake,
  waitUntilAccepted,
  waitUntilReady,
  type Clock,
} from "./guards.ts";
import { checkMove, staleness, type SwitchJournal } from "./journalHooks.ts";
import type { LiveCluster } from "../../infra/cluster/liveCluster.ts";

export interface GuardHooks {
  /** Before the route is created or updated: every colour whose share grows is ready for it. */
  ready: pulumi.ResourceHook;
  /** After the route was created or updated: the gateway has accepted it. */
  accepted: pulumi.ResourceHook;
  /** Before a colour's Deployment is updated: its pods do not change while they carry traffic. */
  template: Record<Color, pulumi.ResourceHook>;
  /** Before a colour's autoscaler is updated: the colour is not retired while it carries traffic. */
  retire: Record<Color, pulumi.ResourceHook>;
}

export interface GuardHooksArgs {
  /** Logical name of the component; hooks' names are unique in a stack because of it. */
  component: string;
  /** Name of the service in the cluster. */
  name: string;
  cluster: LiveCluster;
  /** What earlier updates and releases left. */
  journal: SwitchJournal;
  /** What the program declares of traffic. */
  config: TrafficConfig;
  /** The stack's name, for messages. */
  stack: string;
  /** CI, and PULSE_RELEASE of the release driver. */
  env: Readonly<Record<string, string | undefined>>;
  /** The weights that the program gives the route. */
  weights: Weights;
  minReady: number;
  readyTimeoutSeconds: number;
  routeTimeoutSeconds: number;
  allowLiveChange: boolean;
  /** The colour that the program retires, if any. */
  retired: Color | undefined;
  /** Where lines of progress are shown. The component: a hook runs before its own resource is registered. */
  resource: pulumi.Resource;
  clock?: Clock;
}

const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The guards as hooks, so that they hold for every update of the stack, whoever runs it. In a preview they warn. */
export function guardHooks(args: GuardHooksArgs): GuardHooks {
  const { cluster, name, weights, minReady, resource, clock = realClock } = args;
  const progress = (line: string) => void pulumi.log.info(line, resource, undefined, true);
  const warn = (line: string) => pulumi.log.warn(line, resource);
  const hook = (what: string, callback: pulumi.ResourceHookFunction) =>
    new pulumi.ResourceHook(`${args.component}-${what}`, warnInPreview(callback, warn), { onDryRun: true });

  /** A check that takes no time: refuses in an update, warns in a preview. */
  const refuse = async (mistake: Promise<string | undefined>) => {
    const sentence = await mistake;
    if (sentence !== undefined) throw new Error(sentence);
  };

  const template = (color: Color) =>
    hook(`${color}-template`, async ({ oldInputs, newInputs }) => {
      if (args.allowLiveChange) return;
      const [oldTemplate, newTemplate] = await Promise.all([oldInputs, newInputs].map(templateOf));
      await refuse(liveChangeMistake({ cluster, color, oldTemplate, newTemplate }));
    });
  const retire = (color: Color) =>
    hook(`${color}-retire`, async () => {
      if (args.retired === color) await refuse(retireMistake(cluster, color));
    });

  const guard = { cluster, name, next: weights, minReady, timeoutSeconds: args.readyTimeoutSeconds };
  return {
    ready: hook("ready", async () => {
      const move = { cluster, journal: args.journal, next: weights, env: args.env, stack: args.stack };
      if (!pulumi.runtime.isDryRun()) {
        await checkMove(move);
        return waitUntilReady({ ...guard, progress, clock });
      }
      const stale = await staleness(args.journal, args.config, args.stack).catch(() => undefined);
      for (const line of [...(stale === undefined ? [] : [stale]), ...(await previewReady(guard))])
        await warn(line);
      await checkMove(move);
    }),
    accepted: new pulumi.ResourceHook(`${args.component}-accepted`, async () => {
      if (args.routeTimeoutSeconds === 0) return;
      await waitUntilAccepted({ cluster, name, timeoutSeconds: args.routeTimeoutSeconds, progress, clock });
    }),
    template: { blue: template("blue"), green: template("green") },
    retire: { blue: retire("blue"), green: retire("green") },
  };
}

function warnInPreview(
  callback: pulumi.ResourceHookFunction,
  warn: (line: string) => Promise<void>,
): pulumi.ResourceHookFunction {
  return async (args) => {
    try {
      await callback(args);
    } catch (error) {
      if (!pulumi.runtime.isDryRun()) throw error;
      await warn(`The update would be refused: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** A Deployment's pod template, without the marks of what is secret in it. */
async function templateOf(inputs: Record<string, unknown> | undefined): Promise<unknown> {
  const spec = await plain(inputs?.spec);
  return typeof spec === "object" && spec !== null && "template" in spec ? spec.template : undefined;
}

/** Hooks get secrets as outputs at the top, and as objects with a signature below. */
async function plain(value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    // Not apply: in a preview it does not run for values that are not known yet.
    return plain(
      await (value as unknown as { promise(withUnknowns: boolean): Promise<unknown> }).promise(true),
    );
  }
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.isRpcSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
  const entries = Object.entries(value).map(async ([key, inner]) => [key, await plain(inner)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
