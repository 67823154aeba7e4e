import type * as pulumi from "@pulumi/pulumi";
import type { QuotaNeed } from "../../infra/domain/namespaceQuota.ts";

/** Addresses and ports that pods may connect to. */
export interface EgressArgs {
  /** Network in CIDR notation. */
  cidr: string;
  /** Networks inside of `cidr` that stay closed. */
  except: readonly string[];
  /** TCP ports. */
  ports: readonly number[];
}

/** Who may talk to whom in the namespace; everything that is not here is refused. */
export interface NetworkArgs {
  /** Namespaces in which the gateway's proxies run: they reach the application's port. */
  gatewayNamespaces: readonly string[];
  /** Namespace of Prometheus: it reads the application's metrics, and the release driver asks it. */
  monitoringNamespace: string;
  /** Port of Prometheus. */
  prometheusPort: number;
  /** Where the API server answers: the release driver needs it. Its ports are those behind the Service. */
  apiServer: EgressArgs;
  /** What the application may reach outside of the namespace, besides DNS. */
  appEgress: readonly EgressArgs[];
  /** What the backup jobs may reach: the database and the vault. */
  backupEgress: readonly EgressArgs[];
}

/** A login of the registry that the images come from. */
export interface PullSecretArgs {
  /** Host of the registry: ghcr.io. */
  server: string;
  username: string;
  /** A token that may read packages and nothing else. */
  password: pulumi.Input<string>;
}

export interface HardenedNamespaceArgs {
  namespace: string;
  /** Whether the namespace itself is made here, and gone after destroy; otherwise its owner labels it. */
  create: boolean;
  /** production, staging...: part of the names of what belongs to no namespace. */
  environment: string;
  /** Name of the application, as its pods carry it in `app.kubernetes.io/name`. */
  app: string;
  /** Port on which the application listens. */
  appPort: number;
  quota: QuotaNeed;
  network: NetworkArgs;
  /** Without one, images are pulled without a login. */
  pullSecret?: PullSecretArgs;
  /** Groups of people who may look at everything but Secrets. */
  operatorGroups: readonly string[];
  /** Groups, and users, that run releases from outside of the cluster. */
  releaserGroups: readonly string[];
  /** Cloud roles by the job whose service account takes them (EKS: IRSA). */
  roleArns: { backup?: pulumi.Input<string>; restore?: pulumi.Input<string> };
}

/** Label that says what a pod that is not the application's is for; network policies go by it. */
export const componentLabel = "app.kubernetes.io/component";
