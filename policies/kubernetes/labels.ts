import { resourceRule, want } from "../rule.ts";

const required = ["app.kubernetes.io/managed-by"];

export const labels = resourceRule({
  name: "kubernetes-labels",
  title: "Objects say who manages them",
  level: "mandatory",
  severity: "low",
  rows: [],
  why: "Whoever finds an object in the cluster has to know that a change by hand will be undone, and where to make it instead.",
  fix: `Set the label ${required.join(", ")} in metadata.labels.`,
  link: "https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
  types: (type) => /^kubernetes:(?!helm\.sh)[^:]+\/v\d\w*:/.test(type) && !type.endsWith("Patch"),
  *check({ props }) {
    const { labels: own = {} } = (props as { metadata?: { labels?: Record<string, string> } }).metadata ?? {};
    for (const label of required) {
      yield () => want((own[label] ?? "") !== "", `has no label ${label}`);
    }
  },
});
