import { risingColors, servingColor, wantedReady, type Color, type Weights } from "../domain/traffic.ts";
import type { Snapshot } from "./liveCluster.ts";

/** A change of weights that is about to happen. */
export interface Rise {
  /** Name of the service, and before "-blue" and "-green" of its Deployments. */
  name: string;
  /** The weights that the route is about to get. */
  next: Weights;
  /** Fewest ready pods of a colour with traffic. */
  minReady: number;
}

/** A colour that is not ready for the weight it is about to get. */
export interface Shortage {
  color: Color;
  wanted: number;
  /** What is short, as a half sentence. */
  what: string;
  /** It has every pod that its autoscaler asks for, and they are too few: waiting will hardly help. */
  settled: boolean;
}

/**
 * The colours whose share would grow and that are not ready for it: not fully rolled out, or with too few ready pods.
 * The one rule for every way of moving traffic: an update of the stack, and a rollback past it.
 */
export function findShortages(guard: Rise, snapshot: Snapshot): Shortage[] {
  const live = snapshot.route?.weights;
  return risingColors(live, guard.next).flatMap((color) => {
    const { deployment, ready } = snapshot.colors[color];
    const serving = servingColor(live, color);
    const servingReady = serving ? snapshot.colors[serving].ready : 0;
    const wanted = wantedReady({ weight: guard.next[color], servingReady, minReady: guard.minReady });
    const short = (what: string, settled = false) => [{ color, wanted, what, settled }];
    if (!deployment) return short(`has no Deployment ${guard.name}-${color}`);
    if (!deployment.observed || deployment.updated < deployment.total || deployment.updated === 0) {
      return short(
        `is not rolled out (${deployment.updated} of ${deployment.total} pods have its newest version)`,
      );
    }
    if (ready >= wanted) return [];
    return short(`has ${ready} of ${wanted} wanted ready pods`, ready >= deployment.desired);
  });
}
