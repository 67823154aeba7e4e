import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  coldClasses,
  lifecycleRules,
  placeAt,
  restoreHours,
  retentionMistakes,
  storageFacts,
  type Copies,
  type LifecycleRule,
  type Place,
  type Retention,
} from "../../infra/domain/retention.ts";

const database: Copies = {
  prefix: "database/",
  hotDays: 30,
  coldClass: "GLACIER",
  keepDays: 365,
  noncurrentDays: 30,
};
const good: Retention = {
  copies: { database, releases: { ...database, prefix: "backups/" } },
  lock: { mode: "GOVERNANCE", days: 30 },
  recovery: { forDays: 30, withinHours: 1, coldWithinHours: 12 },
};
const sentences = (retention: Retention) =>
  retentionMistakes(retention).map(({ path, problem, hint }) => `${path} ${problem}; ${hint}`);
const withDatabase = (change: Partial<Copies>): Retention => ({
  ...good,
  copies: { database: { ...database, ...change } },
});

test("30 days at hand, one year in Glacier: the wanted retention holds", () => {
  expect(retentionMistakes(good)).toEqual([]);
  expect([0, 29, 30, 364, 365, 394, 395].map((age) => placeAt(database, age))).toEqual([
    "STANDARD",
    "STANDARD",
    "GLACIER",
    "GLACIER",
    "noncurrent",
    "noncurrent",
    "gone",
  ]);
});

describe("what cannot hold is refused with its place and a way out:", () => {
  test.each<[string, Retention, string]>([
    [
      "less than the class's minimum",
      withDatabase({ keepDays: 100 }),
      "copies.database.keepDays is 100, so that copies stay in GLACIER for 70 days, and 90 are paid for; " +
        "allowed: from 120, or 30 to have no cold copies",
    ],
    [
      "a lock that outlasts the expiry",
      { ...good, copies: { database }, lock: { mode: "COMPLIANCE", days: 400 } },
      "lock.days is 400: S3 could not delete expired copies; allowed: at most copies.database.keepDays, which is 365",
    ],
    [
      "a recovery time that the cold class misses",
      withDatabase({ hotDays: 7 }),
      "copies.database.hotDays is 7, but copies up to 30 days old have to be readable within 1 h and GLACIER takes up to 5 h; " +
        "allowed: from 30, or a coldClass that is fast enough (GLACIER_IR)",
    ],
    [
      "a cold class that is too slow",
      { ...withDatabase({ coldClass: "DEEP_ARCHIVE" }), recovery: { ...good.recovery, coldWithinHours: 6 } },
      "copies.database.coldClass is DEEP_ARCHIVE, which takes up to 12 h to read; " +
        "allowed: one that takes at most recovery.coldWithinHours, which is 6",
    ],
    [
      "prefixes of which one holds the other",
      {
        ...good,
        copies: { all: { ...database, prefix: "backups/" }, v1: { ...database, prefix: "backups/v1/" } },
      },
      'copies.v1.prefix is "backups/v1/", which overlaps with copies.all.prefix, "backups/"; ' +
        "allowed: prefixes of which none starts with another",
    ],
    [
      "a prefix that would also fit other names",
      withDatabase({ prefix: "data" }),
      'copies.database.prefix is "data"; allowed: names that each end with a slash, such as database/',
    ],
    [
      "versions that vanish at once",
      withDatabase({ noncurrentDays: 0 }),
      "copies.database.noncurrentDays is 0; allowed: whole days from 1",
    ],
  ])("%s", (_, retention, sentence) => expect(sentences(retention)).toEqual([sentence]));
});

const retentions = fc.record<Retention>({
  copies: fc.record({
    database: fc.record<Copies>({
      prefix: fc.constant("database/"),
      hotDays: fc.nat(400),
      coldClass: fc.constantFrom(...coldClasses),
      keepDays: fc.integer({ min: 1, max: 800 }),
      noncurrentDays: fc.integer({ min: 1, max: 400 }),
    }),
  }),
  lock: fc.record({
    mode: fc.constantFrom("GOVERNANCE", "COMPLIANCE"),
    days: fc.integer({ min: 1, max: 400 }),
  }),
  recovery: fc.record({ forDays: fc.nat(60), withinHours: fc.nat(24), coldWithinHours: fc.nat(48) }),
});

/** What S3 does with an object of some age under a rule. */
function simulate(rule: LifecycleRule, age: number): Place {
  if (age >= rule.expirationDays + rule.noncurrent.expirationDays) return "gone";
  if (age >= rule.expirationDays) return "noncurrent";
  return rule.transition && age >= rule.transition.days ? rule.transition.storageClass : "STANDARD";
}

describe("whatever is accepted", () => {
  const accepted = retentions.filter((retention) => retentionMistakes(retention).length === 0);

  test("keeps its promises at every age", () => {
    fc.assert(
      fc.property(accepted, fc.nat(900), ({ copies, lock, recovery }, age) => {
        const { database: kept } = copies;
        if (!kept) throw new Error("database");
        const hours = restoreHours(kept, age);
        expect(hours === undefined).toBe(age >= kept.keepDays);
        if (hours !== undefined) {
          expect(hours).toBeLessThanOrEqual(Math.max(recovery.coldWithinHours, recovery.withinHours));
          if (age < recovery.forDays) expect(hours).toBeLessThanOrEqual(recovery.withinHours);
        }
        // What is locked is there.
        if (age < lock.days) expect(placeAt(kept, age)).not.toBe("gone");
      }),
    );
  });

  test("pays for no day of a cold class that it does not use", () => {
    fc.assert(
      fc.property(accepted, ({ copies }) => {
        for (const rule of lifecycleRules(copies)) {
          for (const [transition, end] of [
            [rule.transition, rule.expirationDays],
            [rule.noncurrent.transition, rule.noncurrent.expirationDays],
          ] as const) {
            if (!transition) continue;
            expect(end - transition.days).toBeGreaterThanOrEqual(
              storageFacts[transition.storageClass].minimumDays,
            );
          }
        }
      }),
    );
  });

  test("becomes lifecycle rules that do the same", () => {
    fc.assert(
      fc.property(accepted, fc.nat(1300), ({ copies }, age) => {
        for (const rule of lifecycleRules(copies)) {
          const kept = copies[rule.id];
          if (!kept) throw new Error(rule.id);
          expect(simulate(rule, age)).toBe(placeAt(kept, age));
        }
      }),
    );
  });
});
