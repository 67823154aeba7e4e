import type * as aws from "@pulumi/aws";
import { coldClasses, retentionMistakes, type ColdClass, type Copies } from "../../infra/domain/retention.ts";
import type { PropsOf } from "../resource.ts";
import { stackRule, want } from "../rule.ts";
import { about, bucketsOf, bucketType, holdsLogs } from "./buckets.ts";

type Rule = NonNullable<PropsOf<aws.s3.BucketLifecycleConfigurationArgs>["rules"]>[number];

const days = (description: string, byDefault: number) =>
  ({ type: "number", default: byDefault, description }) as const;

export const s3Lifecycle = stackRule({
  name: "aws-s3-lifecycle",
  title: "Backups are at hand for 30 days, kept for a year, and then end; logs end too",
  level: "mandatory",
  severity: "high",
  rows: ["BAK-05", "BAK-06", "BAK-12"],
  why: "A backup that was deleted or moved to slow storage too early is missing when it is needed, and one that nothing deletes is paid for for ever.",
  fix: "Give each prefix one enabled lifecycle rule with a transition, an expiration and an expiration of noncurrent versions (aws.copies in the config).",
  link: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
  settings: {
    hotDays: days("Days that a backup is at hand at least.", 30),
    keepDays: days("Days that a backup is kept at least.", 365),
    prefixes: {
      type: "array",
      default: ["database/", "backups/"],
      description: "First parts of the keys of backups, each of which needs a rule.",
    },
  },
  onlyWith: bucketType,
  *check(stack, { hotDays, keepDays, prefixes }) {
    for (const bucket of bucketsOf(stack)) {
      const [lifecycle] = about<aws.s3.BucketLifecycleConfigurationArgs>(
        stack,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        bucket,
      );
      const rules = (lifecycle?.props.rules ?? []).filter(({ status }) => status === "Enabled");
      if (lifecycle === undefined || rules.length === 0) {
        yield [bucket, () => "has no enabled lifecycle rule"];
        continue;
      }
      if (holdsLogs(stack, bucket)) {
        yield [
          lifecycle,
          () =>
            want(
              rules.some((rule) => (rule.expiration?.days ?? 0) > 0),
              "never deletes logs",
            ),
        ];
        continue;
      }
      for (const prefix of prefixes as string[]) {
        const rule = rules.find(({ filter }) => filter?.prefix === prefix);
        yield [lifecycle, () => want(rule !== undefined, `has no rule for ${prefix}`)];
      }
      for (const rule of rules) {
        yield [lifecycle, () => mistakeOf(rule, { hotDays: Number(hotDays), keepDays: Number(keepDays) })];
      }
    }
  },
});

function mistakeOf(rule: Rule, least: { hotDays: number; keepDays: number }): string | undefined {
  const id = `the rule ${String(rule.id)}`;
  const copies = copiesOf(rule);
  if (copies.keepDays < least.keepDays)
    return `deletes after ${copies.keepDays} days in ${id}, sooner than ${least.keepDays}`;
  if (copies.hotDays < least.hotDays)
    return `moves to ${copies.coldClass} after ${copies.hotDays} days in ${id}, sooner than ${least.hotDays}`;
  const [mistake] = retentionMistakes({
    copies: { rule: copies },
    // Only this rule is looked at: promises about the lock and about restoring have their own places.
    lock: { mode: "GOVERNANCE", days: 1 },
    recovery: { forDays: 0, withinHours: Infinity, coldWithinHours: Infinity },
  });
  return (
    mistake &&
    `has in ${id} ${mistake.path.replace("copies.rule.", "")} that ${mistake.problem} (${mistake.hint.replaceAll("copies.rule.", "")})`
  );
}

/** A lifecycle rule in the domain's words. */
function copiesOf({ expiration, filter, noncurrentVersionExpiration, transitions = [] }: Rule): Copies {
  const keepDays = expiration?.days ?? Infinity;
  const [transition] = transitions;
  const coldClass = coldClasses.find((name): name is ColdClass => name === transition?.storageClass);
  return {
    prefix: filter?.prefix ?? "",
    hotDays: transition?.days ?? keepDays,
    coldClass: coldClass ?? "GLACIER_IR",
    keepDays,
    noncurrentDays: noncurrentVersionExpiration?.noncurrentDays ?? 0,
  };
}
