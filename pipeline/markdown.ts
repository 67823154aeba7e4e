import { operations, type Change, type Digest, type Operation } from "./preview.ts";

/** GitHub takes 65,536 characters of a comment or an issue; the rest is room for what it adds. */
export const maxLength = 65_000;
/** How many of each kind are named before the fold: the most that fit, for all stacks together. */
const named = [25, 5, 1, 0];

const past: Record<Operation, string> = {
  delete: "deleted",
  replace: "replaced",
  create: "created",
  update: "updated",
  import: "imported",
};
const sign: Record<Operation, string> = { delete: "-", replace: "!", create: "+", update: "~", import: "=" };

/**
 * The summary of all stacks first, then of each what is replaced or deleted, and its diff behind a fold. Never longer
 * than `limit`: folds are cut first, and say how much is missing.
 */
export function render(
  heading: string,
  digests: readonly Digest[],
  { limit = maxLength, runUrl = "" } = {},
): string {
  const head = [heading, summary(digests)].join("\n\n");
  const lengthOf = (tops: string[]): number => head.length + tops.join("\n\n").length + digests.length * 200;
  const tops = named
    .map((most) => digests.map((digest) => top(digest, most)))
    .find((candidate) => lengthOf(candidate) <= limit);
  if (!tops) return cut(head, limit, runUrl);
  const fixed = lengthOf(tops);
  const room = Math.floor((limit - fixed) / Math.max(1, digests.length));
  const parts = digests.map((digest, i) =>
    [tops[i] ?? "", fold(digest, room, runUrl)].filter((part) => part !== ""),
  );
  return [head, ...parts.flat()].join("\n\n");
}

function summary(digests: readonly Digest[]): string {
  const cell = (digest: Digest, op: Operation): string => {
    const count = digest.counts[op] ?? 0;
    return count > 0 && (op === "delete" || op === "replace") ? `**${count}**` : String(count);
  };
  return [
    `| stack | ${operations.join(" | ")} | problems |`,
    `| --- |${operations.map(() => " --: |").join("")} --: |`,
    ...digests.map(
      (digest) =>
        `| ${code(digest.stack)} | ${operations.map((op) => cell(digest, op)).join(" | ")} | ` +
        `${digest.problems.length === 0 ? "0" : `**${digest.problems.length}**`} |`,
    ),
  ].join("\n");
}

/** What nobody may overlook. */
function top(digest: Digest, most: number): string {
  const lines = [
    ...limited(digest.problems, most, (text) => `- :x: ${plain(text)}`),
    ...limited(digest.warnings, most, (text) => `- :warning: ${plain(text)}`),
    ...(["replace", "delete"] as const).flatMap((op) =>
      limited(
        digest.changes.filter((change) => change.op === op),
        most,
        (change) => `- **${past[op]}: ${code(`${change.type} ${change.name}`)}**${why(change)}`,
      ),
    ),
  ];
  const title = `### ${code(digest.stack)}`;
  if (lines.length > 0) return [title, "", ...lines].join("\n");
  return digest.changes.length === 0 ? `${title}\n\nNothing changes.` : title;
}

function why({ op, properties }: Change): string {
  const causes = properties.filter(({ replaces }) => replaces).map(({ path }) => code(path));
  return op === "replace" && causes.length > 0 ? ` (because of ${causes.slice(0, 5).join(", ")})` : "";
}

function limited<T>(items: readonly T[], most: number, show: (item: T) => string): string[] {
  const rest = items.length - most;
  return [...items.slice(0, most).map(show), ...(rest > 0 ? [`- **and ${rest} more**`] : [])];
}

/** All changes, as far as `room` allows. */
function fold({ stack, changes }: Digest, room: number, runUrl: string): string {
  if (changes.length === 0) return "";
  const title = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  const open = `<details><summary>${title} of ${html(stack)}</summary>\n\n\`\`\`diff\n`;
  const close = "\n```\n\n</details>";
  const lines: string[] = [];
  let length = open.length + close.length + 120 + runUrl.length;
  let shownChanges = 0;
  for (const change of changes) {
    const block = diff(change);
    length += block.length + 1;
    if (length > room) break;
    lines.push(block);
    shownChanges += 1;
  }
  const missing = changes.length - shownChanges;
  const log = runUrl === "" ? "the log of the run" : `[the log of the run](${runUrl})`;
  const note = missing > 0 ? `\n\n${missing} more changes are in ${log}.` : "";
  return shownChanges === 0
    ? note.trim()
    : `${open}${lines.join("\n")}${close.replace("\n\n</details>", `${note}\n\n</details>`)}`;
}

function diff({ op, type, name, properties }: Change): string {
  const lines = properties.flatMap(({ path, before, after, replaces }) => [
    ...(before === undefined ? [] : [`-     ${path}: ${before}`]),
    ...(after === undefined ? [] : [`+     ${path}: ${after}`]),
    ...(before === undefined && after === undefined ? [`!     ${path}`] : []),
    ...(replaces ? [`!     ${path} replaces it`] : []),
  ]);
  // A fence inside the text would end the block.
  return [`${sign[op]} ${op} ${type} ${name}`, ...lines]
    .map((line) => line.replaceAll("```", "'''"))
    .join("\n");
}

function cut(text: string, limit: number, runUrl: string): string {
  const note = `\n\nThe rest does not fit here; it is in the log of the run${runUrl && ` (${runUrl})`}.`;
  const room = limit - note.length;
  return (text.length <= room ? text : text.slice(0, room).replace(/\n[^\n]*$/, "")) + note;
}

const code = (text: string): string => `\`${text.replaceAll("`", "'").replaceAll("|", "\\|")}\``;
const html = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A message as plain text: it mentions nobody, closes no issue and draws no picture. */
function plain(text: string): string {
  const line = text
    .replaceAll(/:\s*\n\s*/g, ": ")
    .replaceAll(/\s*\n\s*/g, "; ")
    .slice(0, 400);
  return html(line)
    .replaceAll(/([\\`*_[\]#|@!])/g, "\\$1")
    .replaceAll("@", "@\u200b");
}
