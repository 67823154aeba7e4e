import type { Key } from "@pulumi/aws/kms/key.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import { refuseMistakes } from "../mistakes.ts";
import { accessLogs } from "./accessLogs.ts";
import { vaultMistakes, type BackupVaultArgs } from "./BackupVaultArgs.ts";
import { lockedBucket } from "./lockedBucket.ts";
import { vaultAccess, type Statement, type VaultAccess } from "./policies.ts";
import { replication } from "./replication.ts";

/**
 * Where backups are kept: one bucket that encrypts with a key of its own, keeps every version, locks it, moves it to
 * a cold class and deletes it at last, by prefix. Only TLS reaches it, nothing makes it public, every request is
 * logged, and a copy in another region is an option. Promises that cannot be kept together are refused beforehand.
 */
export class BackupVault extends pulumi.ComponentResource {
  readonly bucket: Bucket;
  readonly key: Key;
  readonly #args: BackupVaultArgs;

  constructor(name: string, args: BackupVaultArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:aws:BackupVault", name, {}, opts);
    refuseMistakes("BackupVault", name, vaultMistakes(args));
    this.#args = args;

    const source = lockedBucket(name, args, this);
    this.bucket = source.bucket;
    this.key = source.key;
    accessLogs(name, args, source.bucket, this);
    if (args.replica) {
      const { region } = args.replica;
      const replica = lockedBucket(
        `${name}-replica`,
        { ...args, bucket: `${args.bucket}-replica`, region },
        this,
      );
      replication(`${name}-replication`, { bucket: args.bucket, region: args.region, source, replica }, this);
    }
    this.registerOutputs({ bucket: this.bucket.bucket, keyArn: this.key.arn });
  }

  /** Statements for a role that writes, or reads back, the copies of these names. */
  access(access: VaultAccess, copies: readonly string[]): pulumi.Output<Statement[]> {
    const { region, retention } = this.#args;
    const prefixes = copies.map((name) => {
      const prefix = retention.copies[name]?.prefix;
      if (prefix === undefined) {
        const known = Object.keys(retention.copies).join(", ");
        throw new pulumi.RunError(`The backup vault keeps no copies named ${name}; it keeps ${known}.`);
      }
      return prefix;
    });
    return pulumi
      .all([this.bucket.arn, this.key.arn])
      .apply(([bucketArn, keyArn]) => vaultAccess(access, { bucketArn, keyArn, region, prefixes }));
  }
}
