import { compareVersions, imageVersion } from "../../infra/domain/image.ts";
import { newestConfig, type Line } from "../../infra/domain/journal.ts";
import { colors, other, type Color, type TrafficConfig, type Weights } from "../../infra/domain/traffic.ts";
import { isOver, isUnderWay, rollingBack, shown } from "./machine.ts";
import type { JournalEntry, ReleaseRecord, Step } from "./record.ts";

/** What a person asked for: a version by its number, or an image by its whole reference. */
export type Wanted = { version: string } | { image: string };

/** `1.4.2` and `v1.4.2` are versions, everything else is an image. */
export function wanted(text: string): Wanted {
  const version = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(text)?.[1];
  return version === undefined ? { image: text } : { version };
}

/** The reference of a version, when the running image is a tag: the same name with another tag. */
export function taggedImage(running: string, version: string): string | undefined {
  const parts = /^(?<name>.+):(?<v>v?)\d+\.\d+\.\d+[^/:]*$/.exec(running)?.groups;
  if (!parts || running.includes("@")) return undefined;
  return `${parts.name ?? ""}:${parts.v ?? ""}${version}`;
}

/** What people call an image: its full version, else the first digits of its digest, else its tag. */
export function imageLabel(image: string): string {
  const version = imageVersion(image);
  if (version !== undefined) return version;
  const digest = /@sha256:([0-9a-f]{12})/.exec(image)?.[1];
  return digest ?? image.split("/").at(-1) ?? image;
}

/** The colour whose image is that version; undefined when neither is. */
export function colorOf(images: TrafficConfig["images"], version: string): Color | undefined {
  return (["blue", "green"] as const).find((color) => {
    const found = imageVersion(images[color]);
    return found !== undefined && compareVersions(found, version) === 0;
  });
}

/** What is decided about a release before it begins. */
export interface ReleasePlan extends Pick<
  ReleaseRecord,
  | "environment"
  | "stack"
  | "version"
  | "image"
  | "strategy"
  | "steps"
  | "gated"
  | "before"
  | "route"
  | "watchSeconds"
  | "keepWarmSeconds"
  | "by"
> {
  /** Milliseconds since 1970. */
  now: number;
}

/** A new release, before anything has been done. */
export function plannedRelease({ now, before, ...plan }: ReleasePlan): ReleaseRecord {
  return {
    ...plan,
    id: releaseId(now, plan.version),
    before,
    stable: before.activeColor,
    candidate: other(before.activeColor),
    phase: "preparing",
    step: 0,
    startedAt: now,
    since: now,
  };
}

/** Sortable: 20261121-101530-1.4.2. */
export function releaseId(now: number, version: string): string {
  const [date = "", time = ""] = new Date(now).toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${version}`;
}

/** Fewest and most seconds from the first step to the promotion: what the steps sum up to. */
export function totalSeconds(steps: readonly Step[]): { min: number; max: number } {
  const sum = (of: (step: Step) => number) => steps.reduce((total, step) => total + of(step), 0);
  return { min: sum((step) => step.minSoakSeconds), max: sum((step) => step.maxSoakSeconds) };
}

/** All in one step, waiting for nothing but the pods: for a version that ran before. */
export const withoutSoaks: readonly Step[] = [{ percent: 100, minSoakSeconds: 0, maxSoakSeconds: 600 }];

/** Why a release may not start now: a sentence for each reason. */
export function startMistakes(state: {
  current: ReleaseRecord | undefined;
  entries: readonly Line[];
  config: TrafficConfig;
  live: Weights | undefined;
  image: string;
}): string[] {
  const { current, entries, config, live, image } = state;
  const mistakes: string[] = [];
  if (current && isUnderWay(current)) {
    mistakes.push(
      `Release ${current.id} is under way (${current.phase}); release status shows it, release abort ends it.`,
    );
    return mistakes;
  }
  const idle = other(config.activeColor);
  if (!live)
    mistakes.push("There is no route yet; the first version of an environment comes with pulumi up.");
  else if (live[idle] !== 0 || config.canaryWeight !== 0) {
    mistakes.push(
      `${idle} is not idle: the route has ${shown(live)} and the config canaryWeight ${config.canaryWeight}.`,
    );
  }
  const newest = newestConfig(entries)?.config;
  if (newest && !sameTraffic(newest, config)) {
    mistakes.push(
      `The stack's config is behind: ${newest.activeColor} is active since the last update, and the config says ` +
        `activeColor ${config.activeColor}, images ${images(config)}; release sync takes the journal's values over.`,
    );
  }
  if (config.images[config.activeColor] === image)
    mistakes.push(`${image} is what ${config.activeColor} runs already, with all the traffic.`);
  return mistakes;
}

/** The parts that a release starts from; the idle colour's image and size are its own to choose. */
const sameTraffic = (a: TrafficConfig, b: TrafficConfig): boolean =>
  a.activeColor === b.activeColor &&
  a.canaryWeight === b.canaryWeight &&
  a.images[a.activeColor] === b.images[b.activeColor];

const images = ({ images }: TrafficConfig): string =>
  Object.entries(images)
    .map(([color, image]) => `${color} ${image}`)
    .join(", ");

/** What `rollback` means now. */
export type Rollback =
  /** The release under way, or the one that was just promoted, goes back to the colour before it. */
  { record: ReleaseRecord } | { mistake: string };

/**
 * The release that a rollback without a version ends: the one under way or promoted last, else the last switch by hand.
 * There is no rollback of a rollback: what was rolled back once is started anew, through its gates.
 */
export function rollbackPlan(state: {
  current: ReleaseRecord | undefined;
  live: Weights | undefined;
  config: TrafficConfig | undefined;
  now: number;
  reason: string;
  /** For a switch by hand, which has no record. */
  manual: (stable: Color, before: TrafficConfig) => ReleaseRecord;
}): Rollback {
  const { current, live, config, now, reason } = state;
  if (!live) return { mistake: "There is no route, so there is no traffic to move." };
  // A switch by hand after a release counts more than the release: it is where the traffic is now.
  const belongs = current && live[current.candidate] > 0;
  if (current && !isOver(current) && (belongs || isUnderWay(current))) {
    if (current.phase === "rollingBack") return { record: current };
    return { record: rollingBack(current, now, reason) };
  }
  if (current?.phase === "failed")
    return { record: rollingBack({ ...current, phase: current.endedPhase ?? "ramping" }, now, reason) };
  if (current?.phase === "rolledBack" && !belongs) {
    return {
      mistake:
        `Release ${current.id} is rolled back already (${current.reason ?? "no reason given"}), and there is no rollback ` +
        `of a rollback: ${current.stable} has the traffic. Start ${current.version} again: release start ${current.version}`,
    };
  }
  if (current?.phase === "done" && belongs) return { record: rollingBack(current, now, reason) };
  if (!config) return { mistake: "The journal knows no other version to go back to." };
  // A canary by hand ends; a switch by hand goes back to the other colour.
  const [serving = config.activeColor, second] = colors.filter((color) => live[color] > 0);
  const stable = second === undefined ? other(serving) : config.activeColor;
  if (config.images[stable] === undefined) return { mistake: `${stable} has no image to go back to.` };
  return { record: rollingBack(state.manual(stable, config), now, reason) };
}

/** Lines of one release. */
export const entriesOf = (entries: readonly JournalEntry[], id: string): JournalEntry[] =>
  entries.filter(({ release }) => release === id);
