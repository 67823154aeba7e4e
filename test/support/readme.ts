import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";

/** The commands of the `sh` blocks in a Markdown text, without comments. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** The commands under one heading of the README. */
export function readmeCommands(heading: string): string[] {
  const readme = readFileSync(join(projectRoot, "README.md"), "utf8");
  const [, section = ""] = new RegExp(`## ${heading}\\n([\\s\\S]*?)(?=\\n## |$)`).exec(readme) ?? [];
  return shellCommands(section);
}
