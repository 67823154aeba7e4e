import * as pulumi from "@pulumi/pulumi";
import type { JournalFile } from "../../infra/cluster/journal.ts";
import type { LiveCluster } from "../../infra/cluster/liveCluster.ts";
import {
  appliedConfig,
  appliedText,
  configWeights,
  moveMistake,
  newestConfig,
  type Applied,
  type Switched,
  type UnderWay,
} from "../../infra/domain/journal.ts";
import { colors, type Color, type TrafficConfig, type Weights } from "../../infra/domain/traffic.ts";

/** The journal as the program sees it: it reads releases, and writes what its updates made so. */
export type SwitchJournal = Pick<JournalFile<UnderWay, Switched>, "read" | "write">;

export interface JournalHooks {
  /** After the route was created or updated: its weights are so. */
  traffic: pulumi.ResourceHook;
  /** After a colour's Deployment was created or updated: its image is so. */
  image: Record<Color, pulumi.ResourceHook>;
  /** After a colour's autoscaler was created or updated: the idle colour's size is so. */
  size: Record<Color, pulumi.ResourceHook>;
}

export interface JournalHooksArgs {
  /** Logical name of the component; hooks' names are unique in a stack because of it. */
  component: string;
  journal: SwitchJournal;
  /** What the program declares. */
  config: TrafficConfig;
  /** Where warnings are shown. */
  resource: pulumi.Resource;
  /** Who updates the stack. */
  by: string;
  /** Id of the release for which the driver runs the update. */
  release?: string;
}

/**
 * Every update journals what it made so, one resource at a time: if it fails half-way, the journal has the half that
 * is so. A journal that cannot be written is a warning; the update is done by then.
 */
export function journalHooks(args: JournalHooksArgs): JournalHooks {
  const { component, config, journal, resource } = args;
  const after = (what: string, change: Applied) =>
    new pulumi.ResourceHook(`${component}-journal-${what}`, async () => {
      try {
        await journal.write(undefined, (lines) => {
          const entry = switched(args, newestConfig(lines), change);
          return entry ? [entry] : [];
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        await pulumi.log.warn(
          `This update is not in the journal (${reason}), so release sync will not know of it.`,
          resource,
        );
      }
    });
  const image = (color: Color) => after(`${color}-image`, { images: { [color]: config.images[color] } });
  const size = (color: Color) => after(`${color}-size`, { idleSize: config.idleSize });
  const { activeColor, canaryWeight } = config;
  // The route comes after the pods that it sends to: if an earlier update ended between the two, their line is missing.
  const images = Object.fromEntries(
    colors.filter((color) => configWeights(config)[color] > 0).map((color) => [color, config.images[color]]),
  );
  return {
    traffic: after("traffic", { activeColor, canaryWeight, images }),
    image: { blue: image("blue"), green: image("green") },
    size: { blue: size("blue"), green: size("green") },
  };
}

/** The new line; undefined where nothing is new. The first line of all takes the whole config for granted. */
function switched(
  { config, by, release }: JournalHooksArgs,
  newest: Switched | undefined,
  change: Applied,
): Omit<Switched, "seq"> | undefined {
  const before = newest?.config;
  const text = before ? appliedText(before, change) : "first update";
  if (text === undefined) return undefined;
  const applied = before ? appliedConfig(before, change) : config;
  // A colour that the program does not declare any more is gone; nothing else would say so.
  const images = Object.fromEntries(
    colors.flatMap((color) => {
      const image = applied.images[color];
      return image !== undefined && config.images[color] !== undefined ? [[color, image]] : [];
    }),
  );
  const after = { ...applied, images };
  return {
    at: Date.now(),
    kind: "switched",
    action: text,
    by,
    config: after,
    weights: configWeights(after),
    ...(release !== undefined && { release }),
  };
}

/** Refuses a move of traffic that is not this update's to make. */
export async function checkMove(move: {
  cluster: LiveCluster;
  journal: SwitchJournal;
  next: Weights;
  env: Readonly<Record<string, string | undefined>>;
  stack: string;
}): Promise<void> {
  const { cluster, journal, next, env, stack } = move;
  const driver = env.PULSE_RELEASE !== undefined;
  if (driver) return;
  // Without a journal there is no release that could be in the way.
  const [live, content] = await Promise.all([cluster.route(), journal.read().catch(() => undefined)]);
  const mistake = moveMistake({
    live: live?.weights,
    next,
    current: content?.current,
    driver,
    ci: env.CI === "true",
    stack,
  });
  if (mistake !== undefined) throw new Error(mistake);
}

/** What a preview says where the stack's config is not what was applied last; undefined where it is. */
export async function staleness(
  journal: SwitchJournal,
  config: TrafficConfig,
  stack: string,
): Promise<string | undefined> {
  const newest = newestConfig((await journal.read()).entries);
  const different = newest && appliedText(newest.config, config);
  if (!newest || different === undefined) return undefined;
  return (
    `The newest update (${new Date(newest.at).toISOString()}, ${newest.by}) left something else; this config changes ${different}. ` +
    `Where that is not meant: npm run release -- sync -s ${stack}`
  );
}
