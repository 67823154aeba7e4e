import type * as vercel from "@pulumiverse/vercel";
import { isSecretName, tokenKind } from "../../infra/domain/secretValue.ts";
import { resourceRule, want } from "../rule.ts";

export const sensitiveVariables = resourceRule<vercel.ProjectEnvironmentVariableArgs>({
  name: "vercel-sensitive-variables",
  title: "Secret variables cannot be read again, and belong to one environment",
  level: "mandatory",
  severity: "high",
  rows: ["SEC-11", "ENV-24"],
  why: "A variable that is not sensitive is shown to everybody in the team; one of preview and production at once is production's secret in every pull request.",
  fix: "Set sensitive to true and targets to one of preview and production (secrets.vercel in the config).",
  link: "https://vercel.com/docs/environment-variables/sensitive-environment-variables",
  types: ["vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"],
  *check({ props }) {
    yield () => {
      const hidden =
        isSecretName(props.key ?? "") || /(^|_)DSN$/.test(props.key ?? "") || tokenKind(props.value ?? "");
      return want(!hidden || props.sensitive === true, "is a secret that is not marked sensitive");
    };
    yield () => {
      const targets = props.targets ?? [];
      return want(
        props.sensitive !== true || targets.length === 1,
        `is sensitive and belongs to ${targets.join(", ")}`,
      );
    };
  },
});
