import type { Github } from "./github.ts";
import { render } from "./markdown.ts";
import type { Digest } from "./preview.ts";

export const driftMark = "<!-- pulse-infra:drift -->";
const title = "Drift: what runs is not what is declared";

const explanation =
  "The last scheduled look found this. Somebody changed something by hand, or a change was merged and not applied. " +
  "`pulumi up` makes it what is declared; to keep what runs, declare it. This issue is updated by every look, and " +
  "closed by the first that finds nothing.";

/** Opens, updates or closes the one issue about drift; answers with what it did. */
export async function reportDrift(
  github: Github,
  digests: readonly Digest[],
  runUrl: string,
): Promise<string> {
  const drifted = digests.filter(({ changes, problems }) => changes.length + problems.length > 0);
  const issue = await github.issue(driftMark);
  if (drifted.length === 0) {
    if (issue === undefined) return "Nothing drifted.";
    await github.send("PATCH", `issues/${issue}`, { state: "closed", state_reason: "completed" });
    return `Nothing drifts any more; closed issue ${issue}.`;
  }
  const body = `${driftMark}\n${render(explanation, drifted, { runUrl })}`;
  const stacks = drifted.map(({ stack }) => stack).join(", ");
  if (issue !== undefined) {
    await github.send("PATCH", `issues/${issue}`, { title, body });
    return `${stacks} drifted; updated issue ${issue}.`;
  }
  const { number } = await github.send<{ number: number }>("POST", "issues", { title, body });
  return `${stacks} drifted; opened issue ${number}.`;
}
