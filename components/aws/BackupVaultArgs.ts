import type { Mistake } from "../../infra/domain/mistake.ts";
import { retentionMistakes, type Retention } from "../../infra/domain/retention.ts";
import { under } from "../mistakes.ts";

export interface BackupVaultArgs {
  /** Name of the bucket: unique in all of AWS, 3 to 55 characters (suffixes follow for logs and replica). */
  bucket: string;
  /** Twelve digits of the account that the vault is in, where known: then no other account's logs are taken. */
  accountId?: string;
  /** AWS region of the bucket: `eu-central-1`. */
  region: string;
  /** What is kept, how long and where; the lock; what restoring has to promise. */
  retention: Retention;
  /** A second, equally locked bucket `<bucket>-replica` in another region. Default: none. */
  replica?: { region: string };
  /** Where requests are logged: a bucket that is there already, or, without a name, `<bucket>-logs`, made here. */
  accessLogs: {
    bucket?: string;
    /** Days that log entries are kept in a bucket made here. */
    keepDays: number;
  };
  /** Days, 7 to 30, in which a deleted key can still be brought back: without it no backup can be read. */
  keyDeletionDays: number;
  /** Refuses to delete or replace the buckets and keys. */
  protect: boolean;
  /** Put on everything that can have tags. */
  tags?: Readonly<Record<string, string>>;
}

/** Every mistake in the arguments; empty when there is none. */
export function vaultMistakes(args: BackupVaultArgs): Mistake[] {
  const { accessLogs, accountId, bucket, keyDeletionDays, region, replica, retention } = args;
  const mistakes = under("retention", retentionMistakes(retention));
  // Dots are legal but break TLS; the prefixes and suffixes are AWS's own.
  if (!/^(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,53}[a-z0-9]$/.test(bucket)) {
    mistakes.push({
      path: "bucket",
      problem: `is ${JSON.stringify(bucket)}`,
      hint: "allowed: 3 to 55 of a-z, 0-9 and -, not - at either end",
    });
  }
  if (accountId !== undefined && !/^\d{12}$/.test(accountId)) {
    mistakes.push({
      path: "accountId",
      problem: `is ${JSON.stringify(accountId)}`,
      hint: "allowed: twelve digits",
    });
  }
  for (const [path, name] of [
    ["region", region],
    ["replica.region", replica?.region],
  ] as const) {
    if (name === undefined || /^[a-z]{2}(-[a-z]+)+-\d$/.test(name)) continue;
    mistakes.push({
      path,
      problem: `is ${JSON.stringify(name)}`,
      hint: "allowed: a region such as eu-central-1",
    });
  }
  if (replica?.region === region) {
    mistakes.push({
      path: "replica.region",
      problem: `is ${JSON.stringify(region)}, where the vault is`,
      hint: "allowed: another region, or no replica",
    });
  }
  for (const [path, days, least, most] of [
    ["accessLogs.keepDays", accessLogs.keepDays, 1, 3650],
    ["keyDeletionDays", keyDeletionDays, 7, 30],
  ] as const) {
    if (Number.isInteger(days) && days >= least && days <= most) continue;
    mistakes.push({ path, problem: `is ${days}`, hint: `allowed: whole days from ${least} to ${most}` });
  }
  return mistakes;
}
