import { resourceRule, want } from "../rule.ts";

const required = ["managed-by", "app"];

export const tags = resourceRule<{ defaultTags: unknown }>({
  name: "stack-tags",
  title: "All that AWS holds is tagged with who manages it and for what",
  level: "mandatory",
  severity: "low",
  rows: [],
  why: "Costs are split by tag, and whoever finds a resource has to know where it comes from.",
  fix: `Set the tags ${required.join(" and ")} in the provider's defaultTags.`,
  link: "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
  types: ["pulumi:providers:aws"],
  *check({ props }) {
    for (const tag of required) {
      yield () => {
        // A provider's groups are text.
        const given =
          typeof props.defaultTags === "string"
            ? (JSON.parse(props.defaultTags) as unknown)
            : props.defaultTags;
        const { tags: own = {} } = (given ?? {}) as { tags?: Record<string, string> };
        return want((own[tag] ?? "") !== "", `has no default tag ${tag}`);
      };
    }
  },
});
