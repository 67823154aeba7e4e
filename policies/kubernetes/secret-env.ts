import { isSecretName, tokenKind } from "../../infra/domain/secretValue.ts";
import { resourceRule } from "../rule.ts";
import { containerName, containersOf, hasPods, podOf } from "./pods.ts";

export const secretEnv = resourceRule({
  name: "kubernetes-secret-env",
  title: "Secrets come into containers from Kubernetes Secrets",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-08", "SEC-12"],
  why: "A value in a Deployment is read by everybody who may look at Deployments, and stands in its history.",
  fix: "Put the value into a Secret and use valueFrom.secretKeyRef.",
  link: "https://kubernetes.io/docs/concepts/configuration/secret/",
  types: hasPods,
  *check(resource) {
    for (const container of containersOf(podOf(resource))) {
      for (const variable of container.env ?? []) {
        yield () => {
          const { name = "?", value } = variable;
          if (value === undefined || value === "") return undefined;
          const kind = tokenKind(value);
          // A DSN only lets a client send errors, and is in every page of a browser anyway.
          const isSecret = kind === "a Sentry DSN" ? false : kind !== undefined || isSecretName(name);
          return isSecret
            ? `has ${kind ?? "a secret"} as plain value of the variable ${name} in ${containerName(container)}`
            : undefined;
        };
      }
    }
  },
});
