import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, type Report } from "./paths.ts";
import { runProcess } from "./process.ts";
import { ensureTools } from "./toolchain/index.ts";

/** Folders with a .github of their own: this repository, and the application's as the platform stack renders it. */
const repositories = [
  { title: "this repository", folder: "." },
  { title: "the application's repository", folder: "test/golden/application" },
];

/**
 * What actionlint and zizmor say about the workflows and actions of `folder`; nothing when they find nothing. Asks
 * nobody outside this machine.
 */
export async function workflowProblems(report: Report, among = repositories): Promise<string[]> {
  const tools = await ensureTools(["actionlint", "zizmor"], report);
  const problems: string[] = [];
  for (const { title, folder } of among) {
    // A copy that is a repository of its own: that is where both look for workflows that others call.
    const copy = mkdtempSync(join(tmpdir(), "pulse-workflows-"));
    try {
      const source = join(projectRoot, folder, ".github");
      if (!existsSync(source)) {
        problems.push(`${title}: ${source} is not there.`);
        continue;
      }
      cpSync(source, join(copy, ".github"), { recursive: true });
      mkdirSync(join(copy, ".git"));
      // shellcheck and pyflakes are not looked for: what they would find must not depend on the machine.
      const lint = await runProcess(tools.actionlint, ["-no-color", "-shellcheck=", "-pyflakes="], {
        cwd: copy,
      });
      if (lint.code !== 0) problems.push(`actionlint, ${title}:\n${lint.stdout}${lint.stderr}`);
      const files = globSync(".github/{workflows/*.yml,actions/*/action.yml}", { cwd: copy });
      const options = [
        "--offline",
        "--config",
        join(projectRoot, ".github", "zizmor.yml"),
        "--no-progress",
        "--color=never",
      ];
      const audit = await runProcess(tools.zizmor, [...options, "--", ...files], { cwd: copy });
      if (audit.code !== 0) problems.push(`zizmor, ${title}:\n${audit.stdout}${audit.stderr}`);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
  return problems;
}
