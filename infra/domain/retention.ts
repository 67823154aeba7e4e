import type { Mistake } from "./mistake.ts";

/** Storage classes for copies that are rarely read, as S3 names them. */
export const coldClasses = ["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"] as const;

export type ColdClass = (typeof coldClasses)[number];

/** S3's rules for a storage class. */
interface StorageFacts {
  /** Days that are paid for at least, also when the object is gone earlier. */
  minimumDays: number;
  /** Hours until an object can be read, by the standard retrieval, at most. */
  retrievalHours: number;
}

export const storageFacts: Readonly<Record<ColdClass, StorageFacts>> = {
  GLACIER_IR: { minimumDays: 90, retrievalHours: 0 },
  GLACIER: { minimumDays: 90, retrievalHours: 5 },
  DEEP_ARCHIVE: { minimumDays: 180, retrievalHours: 12 },
};

/** How long one kind of backup is kept, and where. All in days since it was written. */
export interface Copies {
  /** First part of the objects' keys, with its last slash: `database/`. */
  prefix: string;
  /** Days that a copy can be read at once. Equal to `keepDays`: never moved to a cold class. 0: cold from the start. */
  hotDays: number;
  /** Where it is afterwards. */
  coldClass: ColdClass;
  /** Days until it is no longer listed. */
  keepDays: number;
  /** Days that an overwritten, deleted or expired version still lives: the time to notice a mistake or an attack. */
  noncurrentDays: number;
}

/** Nobody, or with GOVERNANCE nobody without a special right, deletes or changes a copy that is locked. */
export interface Lock {
  mode: "GOVERNANCE" | "COMPLIANCE";
  /** Days from writing. */
  days: number;
}

/** What restoring has to promise. */
export interface Recovery {
  /** Copies up to this age, in days, ... */
  forDays: number;
  /** ... can be read within these hours ... */
  withinHours: number;
  /** ... and older ones within these. */
  coldWithinHours: number;
}

export interface Retention {
  /** By name: `database`, `releases`. */
  copies: Readonly<Record<string, Copies>>;
  lock: Lock;
  recovery: Recovery;
}

/** What S3 would do with an object of some age that nobody overwrites. */
export type Place = "STANDARD" | ColdClass | "noncurrent" | "gone";

export function placeAt({ hotDays, coldClass, keepDays, noncurrentDays }: Copies, ageDays: number): Place {
  if (ageDays >= keepDays + noncurrentDays) return "gone";
  if (ageDays >= keepDays) return "noncurrent";
  return ageDays < hotDays ? "STANDARD" : coldClass;
}

/** Hours until a copy of this age can be read; undefined when it is no longer there. */
export function restoreHours(copies: Copies, ageDays: number): number | undefined {
  const place = placeAt(copies, ageDays);
  if (place === "gone" || place === "noncurrent") return undefined;
  return place === "STANDARD" ? 0 : storageFacts[place].retrievalHours;
}

/** Every promise that the storage classes, the lock and the expiry cannot keep together; empty when all hold. */
export function retentionMistakes(retention: Retention): Mistake[] {
  const named = Object.entries(retention.copies);
  return [
    ...named.flatMap(([name, copies]) => copiesMistakes(`copies.${name}`, copies, retention)),
    ...overlaps(named),
    ...lockMistakes(retention.lock),
  ];
}

function copiesMistakes(path: string, copies: Copies, { lock, recovery }: Retention): Mistake[] {
  const { coldClass, hotDays, keepDays, noncurrentDays, prefix } = copies;
  const { minimumDays, retrievalHours } = storageFacts[coldClass];
  const mistakes: Mistake[] = [];
  if (!/^[\w!.*'()-]+(\/[\w!.*'()-]+)*\/$/.test(prefix)) {
    mistakes.push({
      path: `${path}.prefix`,
      problem: `is ${JSON.stringify(prefix)}`,
      hint: "allowed: names that each end with a slash, such as database/",
    });
  }
  for (const [key, days, least] of [
    ["hotDays", hotDays, 0],
    ["keepDays", keepDays, 1],
    ["noncurrentDays", noncurrentDays, 1],
  ] as const) {
    if (Number.isInteger(days) && days >= least) continue;
    mistakes.push({
      path: `${path}.${key}`,
      problem: `is ${days}`,
      hint: `allowed: whole days from ${least}`,
    });
  }
  if (hotDays > keepDays) {
    mistakes.push({
      path: `${path}.hotDays`,
      problem: `is ${hotDays}`,
      hint: `allowed: at most ${path}.keepDays, which is ${keepDays}`,
    });
  }
  if (hotDays < keepDays && keepDays - hotDays < minimumDays) {
    mistakes.push({
      path: `${path}.keepDays`,
      problem: `is ${keepDays}, so that copies stay in ${coldClass} for ${keepDays - hotDays} days, and ${minimumDays} are paid for`,
      hint: `allowed: from ${hotDays + minimumDays}, or ${hotDays} to have no cold copies`,
    });
  }
  if (lock.days > keepDays) {
    mistakes.push({
      path: "lock.days",
      problem: `is ${lock.days}: S3 could not delete expired copies`,
      hint: `allowed: at most ${path}.keepDays, which is ${keepDays}`,
    });
  }
  const promised = Math.min(recovery.forDays, keepDays);
  if (hotDays < promised && retrievalHours > recovery.withinHours) {
    mistakes.push({
      path: `${path}.hotDays`,
      problem: `is ${hotDays}, but copies up to ${recovery.forDays} days old have to be readable within ${recovery.withinHours} h and ${coldClass} takes up to ${retrievalHours} h`,
      hint: `allowed: from ${promised}, or a coldClass that is fast enough (GLACIER_IR)`,
    });
  }
  if (hotDays < keepDays && retrievalHours > recovery.coldWithinHours) {
    mistakes.push({
      path: `${path}.coldClass`,
      problem: `is ${coldClass}, which takes up to ${retrievalHours} h to read`,
      hint: `allowed: one that takes at most recovery.coldWithinHours, which is ${recovery.coldWithinHours}`,
    });
  }
  return mistakes;
}

/** S3 applies every rule whose prefix fits: an object under two prefixes would be moved and deleted by both. */
function overlaps(named: [string, Copies][]): Mistake[] {
  return named.flatMap(([name, { prefix }], index) =>
    named
      .slice(index + 1)
      .filter(([, other]) => other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix))
      .map(([otherName, other]) => ({
        path: `copies.${otherName}.prefix`,
        problem: `is ${JSON.stringify(other.prefix)}, which overlaps with copies.${name}.prefix, ${JSON.stringify(prefix)}`,
        hint: "allowed: prefixes of which none starts with another",
      })),
  );
}

function lockMistakes({ days }: Lock): Mistake[] {
  if (Number.isInteger(days) && days >= 1) return [];
  return [{ path: "lock.days", problem: `is ${days}`, hint: "allowed: whole days from 1" }];
}

/** One lifecycle rule, in S3's terms. */
export interface LifecycleRule {
  id: string;
  prefix: string;
  /** Days from writing until a copy moves to the class; none: it never moves. */
  transition?: { days: number; storageClass: ColdClass };
  /** Days from writing until a delete marker hides it: versions are only deleted by the next. */
  expirationDays: number;
  noncurrent: {
    /** Days from being overwritten until the version moves; none: it would not stay long enough to pay off. */
    transition?: { days: number; storageClass: ColdClass };
    expirationDays: number;
  };
}

/** The lifecycle rules of a bucket with these copies, one for each prefix. */
export function lifecycleRules(copies: Retention["copies"]): LifecycleRule[] {
  return Object.entries(copies).map(([id, { coldClass, hotDays, keepDays, noncurrentDays, prefix }]) => {
    const movesLater = hotDays < keepDays;
    const paysOff = noncurrentDays - hotDays >= storageFacts[coldClass].minimumDays;
    const transition = { days: hotDays, storageClass: coldClass };
    return {
      id,
      prefix,
      ...(movesLater && { transition }),
      expirationDays: keepDays,
      noncurrent: { ...(movesLater && paysOff && { transition }), expirationDays: noncurrentDays },
    };
  });
}
