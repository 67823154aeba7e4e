import type * as aws from "@pulumi/aws";
import { resourceRule, show, want } from "../rule.ts";
import { listOf, statementsOf } from "./document.ts";

/** What a subject looks like, by who says it: a deployment of one repository, or one service account. */
const github = /^repo:[\w.-]+\/[\w.-]+:environment:[\w.-]+$/;
const cluster = /^system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+$/;

export const iamOidcSubject = resourceRule<aws.iam.RoleArgs>({
  name: "aws-iam-oidc-subject",
  title: "Roles trust one repository's environment, or one service account, and nobody else",
  level: "mandatory",
  severity: "critical",
  rows: ["ENV-24", "SEC-10"],
  why: "A subject with an asterisk lets every branch, every pull request or every repository take the role of production.",
  fix: "Require the audience sts.amazonaws.com and, with StringEquals, the subject repo:OWNER/NAME:environment:ENVIRONMENT or system:serviceaccount:NAMESPACE:NAME.",
  link: "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws",
  types: ["aws:iam/role:Role"],
  *check({ props }) {
    for (const { Action, Condition = {}, Effect, Principal } of statementsOf(props.assumeRolePolicy)) {
      if (Effect !== "Allow") continue;
      yield () => want(!anybody(Principal), "trusts everybody");
      if (!listOf(Action).includes("sts:AssumeRoleWithWebIdentity")) continue;
      const exact = Object.entries(Condition.StringEquals ?? {});
      const valuesOf = (claim: string): string[] =>
        exact.flatMap(([key, value]) => (key.endsWith(`:${claim}`) ? listOf(value) : []));
      yield () =>
        want(
          valuesOf("aud").includes("sts.amazonaws.com"),
          "does not require the audience sts.amazonaws.com",
        );
      yield () => {
        const subjects = valuesOf("sub");
        const pinned =
          subjects.length > 0 && subjects.every((subject) => github.test(subject) || cluster.test(subject));
        return want(
          pinned,
          `trusts the subject ${show(subjects[0])}, which is not pinned to one environment or service account`,
        );
      };
    }
  },
});

const anybody = (principal: string | Record<string, string | string[]> | undefined): boolean =>
  principal === "*" || (typeof principal === "object" && listOf(principal.AWS).includes("*"));
