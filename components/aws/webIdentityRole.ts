import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../../infra/domain/mistake.ts";
import { policyDocument, type Statement } from "./policies.ts";

export interface WebIdentityRoleArgs {
  /** Name of the role; at most 64 characters. */
  roleName: string;
  /** ARN of the identity provider that the account trusts. */
  identityProviderArn: pulumi.Input<string>;
  /** What the role may do. */
  statements: pulumi.Input<Statement[]>;
  /** Seconds, 900 to 43200, that a login lasts. Default 3600. */
  sessionSeconds?: number;
}

/** A role without keys: whoever shows a token of this issuer, audience and subject, and no one else, may take it. */
export function webIdentityRole(
  name: string,
  args: WebIdentityRoleArgs & {
    description: string;
    /** The issuer's URL without https://. */
    issuer: string;
    /** The one subject, without wildcards. */
    subject: string;
  },
  parent: pulumi.Resource,
): Role {
  const trust = pulumi.output(args.identityProviderArn).apply((arn) =>
    policyDocument([
      {
        Sid: "WebIdentity",
        Effect: "Allow",
        Principal: { Federated: arn },
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Condition: {
          StringEquals: {
            [`${args.issuer}:aud`]: "sts.amazonaws.com",
            [`${args.issuer}:sub`]: args.subject,
          },
        },
      },
    ]),
  );
  const role = new Role(
    name,
    {
      name: args.roleName,
      description: args.description,
      assumeRolePolicy: trust,
      maxSessionDuration: args.sessionSeconds ?? 3600,
    },
    { parent },
  );
  new RolePolicy(
    `${name}-policy`,
    { name: "access", role: role.name, policy: pulumi.output(args.statements).apply(policyDocument) },
    { parent },
  );
  return role;
}

/** What can be wrong with any of these roles. */
export function roleMistakes({ roleName, sessionSeconds = 3600 }: WebIdentityRoleArgs): Mistake[] {
  const mistakes: Mistake[] = [];
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName)) {
    mistakes.push({
      path: "roleName",
      problem: `is ${JSON.stringify(roleName)}`,
      hint: "allowed: 1 to 64 letters, digits and _+=,.@-",
    });
  }
  if (!(Number.isInteger(sessionSeconds) && sessionSeconds >= 900 && sessionSeconds <= 43200)) {
    mistakes.push({
      path: "sessionSeconds",
      problem: `is ${sessionSeconds}`,
      hint: "allowed: whole seconds from 900 to 43200",
    });
  }
  return mistakes;
}

/** A mistake when text is not of a pattern; wildcards in a subject would let in more than one. */
export function textMistakes(path: string, value: string, pattern: RegExp, hint: string): Mistake[] {
  return pattern.test(value)
    ? []
    : [{ path, problem: `is ${JSON.stringify(value)}`, hint: `allowed: ${hint}` }];
}
