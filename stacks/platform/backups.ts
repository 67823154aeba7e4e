import type * as pulumi from "@pulumi/pulumi";
import { BackupVault } from "../../components/aws/BackupVault.ts";
import { githubIdentityProvider, GithubOidcRole } from "../../components/aws/GithubOidcRole.ts";
import { kubernetesIdentityProvider, KubernetesRole } from "../../components/aws/KubernetesRole.ts";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";
import { accounts } from "../../infra/domain/accounts.ts";
import type { EnvironmentName } from "./environments.ts";

/** Where the backups of one environment are, and who may do what there. */
export interface Backups {
  bucket: pulumi.Output<string>;
  region: string;
  keyArn: pulumi.Output<string>;
  roles: {
    /** For deploy workflows: adds backups of releases. */
    deploy: pulumi.Output<string>;
    /** For the backup job's service account: adds dumps of the database. */
    backup?: pulumi.Output<string>;
    /** For a restore's service account: reads everything. */
    restore?: pulumi.Output<string>;
  };
}

/** Backups of each environment that has some. */
export function backups(
  config: PlatformConfig,
  opts: pulumi.ComponentResourceOptions,
): Partial<Record<EnvironmentName, Backups>> {
  const { aws, app, github } = config;
  const trusted = aws.githubProviderArn ?? githubIdentityProvider("github-identity", plainOptions(opts)).arn;
  const [repository] = github.repositories;
  return Object.fromEntries(
    aws.environments.map((environment) => {
      const name = `${app.name}-${environment}`;
      const vault = new BackupVault(
        `${name}-backups`,
        {
          bucket: `${aws.bucketPrefix}-${environment}`,
          ...(aws.accountId !== undefined && { accountId: aws.accountId }),
          region: aws.region,
          retention: { copies: aws.copies, lock: aws.lock, recovery: aws.recovery },
          ...(aws.replicaRegion !== undefined && { replica: { region: aws.replicaRegion } }),
          accessLogs: { bucket: aws.accessLogsBucket, keepDays: aws.accessLogsKeepDays },
          keyDeletionDays: aws.keyDeletionDays,
          protect: config.protect,
        },
        opts,
      );
      const deploy = new GithubOidcRole(
        `${name}-deploy`,
        {
          roleName: `${name}-deploy`,
          identityProviderArn: trusted,
          github: { owner: github.owner, repository: repository?.name ?? "", environment },
          statements: vault.access("writer", ["releases"]),
        },
        opts,
      );
      return [
        environment,
        {
          bucket: vault.bucket.bucket,
          region: aws.region,
          keyArn: vault.key.arn,
          roles: { deploy: deploy.arn, ...clusterRoles(config, environment, vault, opts) },
        },
      ];
    }),
  );
}

/** The roles of the jobs in the environment's cluster, where the config says who issues their tokens. */
function clusterRoles(
  { app, aws }: PlatformConfig,
  environment: EnvironmentName,
  vault: BackupVault,
  opts: pulumi.ComponentResourceOptions,
): Partial<Backups["roles"]> {
  const cluster = aws.clusters[environment];
  if (!cluster) return {};
  const { issuer, namespace, providerArn } = cluster;
  const identityProviderArn =
    providerArn ??
    kubernetesIdentityProvider(`${app.name}-${environment}-cluster-identity`, issuer, plainOptions(opts)).arn;
  const role = (job: "backup" | "restore", statements: ReturnType<BackupVault["access"]>) =>
    new KubernetesRole(
      `${app.name}-${environment}-${job}`,
      {
        roleName: `${app.name}-${environment}-${job}`,
        identityProviderArn,
        issuer,
        serviceAccount: { namespace, name: accounts[job] },
        statements,
      },
      opts,
    ).arn;
  return {
    backup: role("backup", vault.access("writer", ["database"])),
    restore: role("restore", vault.access("restorer", ["database", "releases"])),
  };
}

/** A component's options for a resource that is in no component. */
function plainOptions({ protect, provider, transformations }: pulumi.ComponentResourceOptions) {
  return { protect, provider, transformations };
}
