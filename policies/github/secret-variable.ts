import type * as github from "@pulumi/github";
import { isSecretName, tokenKind } from "../../infra/domain/secretValue.ts";
import { resourceRule } from "../rule.ts";

export const secretVariable = resourceRule<github.ActionsEnvironmentVariableArgs>({
  name: "github-secret-variable",
  title: "Secrets of workflows are secrets of an environment, not variables",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-08", "SEC-10"],
  why: "A variable is plain text to everybody who can read the repository, and in every log; a secret of the whole repository is open to every branch.",
  fix: "Make it an ActionsEnvironmentSecret, with its value from a secret in the config (secrets.github).",
  link: "https://docs.github.com/en/actions/concepts/security/secrets",
  types: [
    "actionsEnvironmentVariable",
    "actionsVariable",
    "actionsOrganizationVariable",
    "actionsSecret",
    "actionsOrganizationSecret",
  ].map((name) => `github:index/${name}:${name.charAt(0).toUpperCase()}${name.slice(1)}`),
  *check({ type, props }) {
    if (type.endsWith("Secret")) {
      yield () => "is a secret that every workflow of the repository reads, whatever it deploys to";
      return;
    }
    yield () => (isSecretName(props.variableName ?? "") ? "has the name of a secret" : undefined);
    yield () => {
      const kind = tokenKind(props.value ?? "");
      return kind && `holds ${kind}`;
    };
  },
});
