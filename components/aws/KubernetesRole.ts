import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider.js";
import type { Role } from "@pulumi/aws/iam/role.js";
import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { refuseMistakes } from "../mistakes.ts";
import { roleMistakes, textMistakes, webIdentityRole, type WebIdentityRoleArgs } from "./webIdentityRole.ts";

export interface KubernetesRoleArgs extends WebIdentityRoleArgs {
  /** URL of the cluster's token issuer: `https://oidc.eks.eu-central-1.amazonaws.com/id/...`. */
  issuer: string;
  /** The one service account whose pods may take the role. */
  serviceAccount: { namespace: string; name: string };
}

/**
 * A role for the pods of one service account. Annotate the account with `eks.amazonaws.com/role-arn: <arn>`.
 */
export class KubernetesRole extends pulumi.ComponentResource {
  readonly role: Role;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: KubernetesRoleArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:aws:KubernetesRole", name, {}, opts);
    refuseMistakes("KubernetesRole", name, kubernetesRoleMistakes(args));
    const { namespace, name: account } = args.serviceAccount;
    this.role = webIdentityRole(
      name,
      {
        ...args,
        issuer: args.issuer.replace("https://", ""),
        subject: `system:serviceaccount:${namespace}:${account}`,
        description: `Pods of service account ${namespace}/${account}`,
      },
      this,
    );
    this.arn = this.role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** Makes an account trust a cluster's tokens. An account has one at most for each issuer, for all its roles. */
export function kubernetesIdentityProvider(
  name: string,
  issuer: string,
  opts: pulumi.CustomResourceOptions,
): OpenIdConnectProvider {
  return new OpenIdConnectProvider(name, { url: issuer, clientIdLists: ["sts.amazonaws.com"] }, opts);
}

export function kubernetesRoleMistakes(args: KubernetesRoleArgs): Mistake[] {
  const name = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
  const hint = "a-z, 0-9 and -, no wildcard";
  return [
    ...roleMistakes(args),
    ...textMistakes(
      "issuer",
      args.issuer,
      /^https:\/\/[^\s*?]+[^\s*?/]$/,
      "an https URL without a slash at its end",
    ),
    ...textMistakes("serviceAccount.namespace", args.serviceAccount.namespace, name, hint),
    ...textMistakes("serviceAccount.name", args.serviceAccount.name, name, hint),
  ];
}
