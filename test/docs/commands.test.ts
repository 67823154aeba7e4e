// Every command in the docs names a script, a subcommand and files that exist; the cluster tests run them.
import { expect, test } from "@jest/globals";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import { shellCommands } from "../support/readme.ts";

const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: projectRoot })];
const read = (page: string): string => readFileSync(join(projectRoot, page), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

test.each(pages)("%s names only scripts that exist", (page) => {
  const unknown = shellCommands(read(page))
    .flatMap((line) => line.split(" && "))
    .map((command) => /^npm (?:run )?(\S+)/.exec(command)?.[1])
    .filter((script) => script !== undefined && script !== "ci" && !(script in scripts));
  expect(unknown).toEqual([]);
});

test("the sandbox's subcommands in the docs exist", async () => {
  const { stdout } = await runProcess("node", ["sandbox/cli.ts", "--help"], { cwd: projectRoot });
  const named = pages
    .flatMap((page) => shellCommands(read(page)))
    .flatMap((command) => /^npm run sandbox -- (\S+)/.exec(command)?.[1] ?? []);
  expect(named).toContain("status");
  for (const subcommand of named) expect(stdout).toMatch(new RegExp(`^ +${subcommand}\\b`, "m"));
});

test.each(pages)("%s links only to pages that exist", (page) => {
  const broken = [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !existsSync(join(projectRoot, dirname(page), target)));
  expect(broken).toEqual([]);
});
