import { imageVersion, compareVersions } from "./image.ts";
import { other, routeWeights, type Color, type Weights } from "./traffic.ts";

/**
 * What a slot is doing:
 * - Production: carries the traffic.
 * - Canary: carries the share that `canaryWeight` gives it.
 * - Testing: holds a newer version than production and no traffic: to be checked, then ramped.
 * - Standby: empty, or holds the version to roll back to.
 * - Investigating: holds a version that was rolled back, kept up to be looked into.
 */
export type SlotState = "Production" | "Standby" | "Testing" | "Canary" | "Investigating";

export interface Slots {
  activeColor: Color;
  /** Whole percent to the idle colour. */
  canaryWeight: number;
  /** Image references by colour; a colour without one is empty. */
  images: Readonly<Partial<Record<Color, string>>>;
  /** The idle colour's version was rolled back; only the release journal knows. Default false. */
  rolledBack?: boolean;
}

export function slotStates(slots: Slots): Record<Color, SlotState> {
  const idle = other(slots.activeColor);
  return { [slots.activeColor]: "Production", [idle]: idleState(slots) } as Record<Color, SlotState>;
}

function idleState(slots: Slots): SlotState {
  if (slots.canaryWeight > 0) return "Canary";
  if (!slots.images[other(slots.activeColor)]) return "Standby";
  if (slots.rolledBack) return "Investigating";
  return newest(slots) === other(slots.activeColor) ? "Testing" : "Standby";
}

/** Share of the traffic that the newest version has, 0-100. Digests alone do not say which is newer: then the idle one is. */
export function rolloutShare(slots: Slots): number {
  const weights: Weights = routeWeights(slots.activeColor, slots.canaryWeight);
  const idle = other(slots.activeColor);
  if (!slots.images[idle]) return 100;
  return weights[newest(slots) ?? idle];
}

function newest({ images }: Slots): Color | undefined {
  const blue = imageVersion(images.blue);
  const green = imageVersion(images.green);
  if (blue === undefined || green === undefined) return undefined;
  const order = compareVersions(blue, green);
  if (order === 0) return undefined;
  return order > 0 ? "blue" : "green";
}
