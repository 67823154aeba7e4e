import { resourceRule, want } from "../rule.ts";
import { listOf, statementsOf } from "./document.ts";

const iam = (name: string) => `aws:iam/${name}:${name.charAt(0).toUpperCase()}${name.slice(1)}`;
const documents = ["policy", "rolePolicy", "userPolicy", "groupPolicy"].map(iam);
const attachments = [
  "rolePolicyAttachment",
  "userPolicyAttachment",
  "groupPolicyAttachment",
  "policyAttachment",
].map(iam);
const longLived = ["accessKey", "user"].map(iam);

interface IamProps {
  policy?: unknown;
  policyArn?: string;
  managedPolicyArns?: string[];
  inlinePolicies?: { policy?: string }[];
}

export const iamNoAdmin = resourceRule({
  name: "aws-iam-no-admin",
  title: "Roles may do what they are for, on what they are for, without keys that last",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-10", "ENV-24"],
  why: "A token that leaks from a workflow is worth as much as its role may do; an access key also works for ever.",
  fix: "List actions and resources, and let workflows and pods take a role by their own identity instead of a user with access keys.",
  link: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
  types: [...documents, ...attachments, ...longLived, iam("role")],
  *check({ type, props }) {
    if (longLived.includes(type)) {
      yield () => "is a user or an access key, which lasts until somebody takes it away";
      return;
    }
    const { inlinePolicies = [], managedPolicyArns = [], policy, policyArn } = props as IamProps;
    if (attachments.includes(type)) yield () => attached(policyArn ?? "");
    for (const arn of managedPolicyArns) yield () => attached(arn);
    const texts = [
      documents.includes(type) ? policy : undefined,
      ...inlinePolicies.map((inline) => inline.policy),
    ];
    for (const text of texts) {
      if (text === undefined) continue;
      for (const { Effect, Action, NotAction, Resource, Sid = "without a Sid" } of statementsOf(text)) {
        if (Effect !== "Allow") continue;
        yield () => want(NotAction === undefined, `allows everything but some actions (statement ${Sid})`);
        yield () => {
          const wide = listOf(Action).filter((action) => action === "*" || action.endsWith(":*"));
          return want(wide.length === 0, `allows ${wide.join(", ")} (statement ${Sid})`);
        };
        yield () => want(!listOf(Resource).includes("*"), `allows it on every resource (statement ${Sid})`);
      }
    }
  },
});

const attached = (arn: string): string | undefined =>
  want(
    !/\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/.test(arn),
    `has the policy ${arn.split("/").at(-1) ?? ""}`,
  );
