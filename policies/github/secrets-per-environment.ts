import type * as github from "@pulumi/github";
import { stackRule, want } from "../rule.ts";
import { actsOnProduction } from "./environment.ts";

const secretType = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";

export const secretsPerEnvironment = stackRule({
  name: "github-secrets-per-environment",
  title: "Staging and production share no secret's value",
  level: "mandatory",
  severity: "high",
  rows: ["ENV-24"],
  why: "Staging is open to more people and more code: a value that works in both is production's value in staging.",
  fix: "Make a value of its own for each environment.",
  link: "https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets#creating-secrets-for-an-environment",
  onlyWith: secretType,
  *check(stack) {
    const secrets = stack.all<github.ActionsEnvironmentSecretArgs>(secretType);
    for (const [index, secret] of secrets.entries()) {
      for (const other of secrets.slice(index + 1)) {
        const [here, there] = [secret.props.environment, other.props.environment];
        if (here === there || (actsOnProduction(here) && actsOnProduction(there))) continue;
        yield [
          secret,
          () => {
            const values = [secret, other].map(({ props }) => props.value ?? "");
            return want(values[0] === "" || values[0] !== values[1], `has the same value as ${other.name}`);
          },
        ];
      }
    }
  },
});
