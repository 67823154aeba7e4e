import { changeGate } from "./gate/changes.ts";
import { secretGate } from "./gate/secrets.ts";
import { rules } from "./catalog.ts";
import type { RuleFacts } from "./rule.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("*", "\\*");

const row = ({ name, level, rows, title, fix, link }: RuleFacts): string =>
  `| [\`${name}\`](${link}) | ${level} | ${rows.join(", ") || "-"} | ${cell(title)} | ${cell(fix)} |`;

const headings = ["| rule | level | holds | what has to be so | fix |", "| --- | --- | --- | --- | --- |"];

/** The tables of docs/policies.md: every rule and every gate, as they are. */
export function policyTables(): string {
  const settings = rules.flatMap(({ name, settings = {} }) =>
    Object.entries(settings).map(
      ([key, { default: byDefault, description }]) =>
        `| \`${name}\` | \`${key}\` | \`${JSON.stringify(byDefault)}\` | ${cell(description)} |`,
    ),
  );
  return [
    "### Policies",
    "",
    ...headings,
    ...rules.map(row),
    "",
    "### Gates",
    "",
    ...headings,
    ...[changeGate, secretGate].map(row),
    "",
    "### Settings",
    "",
    "| rule | setting | default | meaning |",
    "| --- | --- | --- | --- |",
    ...settings,
  ].join("\n");
}
