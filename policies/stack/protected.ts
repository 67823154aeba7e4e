import { protectedTypes, statefulTypes } from "../../infra/domain/stateful.ts";
import { resourceRule, want } from "../rule.ts";

export const protectedRule = resourceRule({
  name: "stack-protected",
  title: "What holds data, or cannot be made again the same, is protected from deletion",
  level: "mandatory",
  severity: "critical",
  rows: ["BAK-05", "SRC-01"],
  why: "A rename, a removed line or a wrong stack name deletes a resource in the next update, and what was in it.",
  fix: "Set the option protect to true (protect in the platform's config); whoever means to delete it takes that away first.",
  link: "https://www.pulumi.com/docs/iac/concepts/options/protect/",
  settings: {
    throwaway: { type: "boolean", default: false, description: "Nothing here lasts: the sandbox." },
  },
  types: protectedTypes,
  *check({ type, protect }, { throwaway }) {
    yield () =>
      want(
        protect || throwaway === true,
        `is not protected, and deleting it loses ${statefulTypes[type] ?? "it"}`,
      );
  },
});
