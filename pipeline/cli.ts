import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { reportDrift } from "./drift.ts";
import { withGate } from "./gate.ts";
import { Github, GithubError } from "./github.ts";
import { healthProblems } from "./health.ts";
import { render } from "./markdown.ts";
import { digestOf, type Digest } from "./preview.ts";
import { proposeConfig } from "./propose.ts";
import { changedStacks, committedStacks, type StackEntry } from "./stacks.ts";

/** A person's mistake: a sentence. */
class UserError extends Error {}

const commentMark = "<!-- pulse-infra:preview -->";

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new UserError(`${name} is not set; workflows set it`);
  return value;
}

const github = (): Github =>
  new Github({
    url: process.env.GITHUB_API_URL ?? "https://api.github.com",
    token: variable("GITHUB_TOKEN"),
    repository: variable("GITHUB_REPOSITORY"),
  });

function runUrl(): string {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env;
  if (GITHUB_SERVER_URL === undefined || GITHUB_REPOSITORY === undefined || GITHUB_RUN_ID === undefined)
    return "";
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}

function text(file: string): string {
  if (!existsSync(file)) throw new UserError(`${file} is not there`);
  return readFileSync(file, "utf8");
}

/** Digests of a folder, by stack: whichever stack left none is not in what is said, so there has to be one. */
function digestsIn(folder: string): Digest[] {
  const files = globSync("**/*.json", { cwd: folder }).sort();
  if (files.length === 0) throw new UserError(`${folder} has no digests: no stack was previewed`);
  return files.map((file) => JSON.parse(text(join(folder, file))) as Digest);
}

function stacks(base: string | undefined): StackEntry[] {
  const files = globSync("Pulumi.*.yaml");
  const all = committedStacks(Object.fromEntries(files.map((file) => [file, text(file)])));
  if (base === undefined) return all;
  try {
    const diff = execFileSync("git", ["diff", "--name-only", `${base}...HEAD`], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return changedStacks(diff.split("\n"), all);
  } catch {
    throw new UserError(`git knows no commit ${JSON.stringify(base)} to compare with`);
  }
}

const program = new Command("npm run pipeline --").description(
  "What the workflows of this repository do besides Pulumi.",
);

program
  .command("stacks")
  .description("the committed stacks as JSON, for a job's matrix")
  .option("--changed-since <commit>", "only those whose preview may differ from that commit's")
  .action(({ changedSince }: { changedSince?: string }) => {
    process.stdout.write(`${JSON.stringify(stacks(changedSince))}\n`);
  });

program
  .command("digest")
  .description("make a small file without secrets out of a preview")
  .requiredOption("--stack <name>", "the stack's name")
  .requiredOption("--preview <file>", "what pulumi preview --json printed")
  .option("--gate <file>", "what npm run gate -- --json wrote")
  .requiredOption("--out <file>", "where the digest goes")
  .action(({ stack, preview, gate, out }: { stack: string; preview: string; gate?: string; out: string }) => {
    const digest = digestOf(stack, existsSync(preview) ? text(preview) : "");
    const whole = gate === undefined ? digest : withGate(digest, existsSync(gate) ? text(gate) : "");
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, `${JSON.stringify(whole, null, 2)}\n`);
  });

program
  .command("comment")
  .description("write the digests of a folder into the pull request's one comment")
  .argument("<folder>")
  .option("--pull-request <number>", "its number; without one the comment is printed")
  .action(async (folder: string, { pullRequest }: { pullRequest?: string }) => {
    const body = `${commentMark}\n${render("## What this change does", digestsIn(folder), { runUrl: runUrl() })}`;
    if (pullRequest === undefined) process.stdout.write(`${body}\n`);
    else if (!/^\d+$/.test(pullRequest))
      throw new UserError(`${JSON.stringify(pullRequest)} is no number of a pull request`);
    else
      process.stdout.write(
        `The comment is ${await github().comment(Number(pullRequest), commentMark, body)}.\n`,
      );
  });

program
  .command("drift")
  .description("open, update or close the one issue about drift, from the digests of a folder")
  .argument("<folder>")
  .requiredOption(
    "--stacks <names>",
    "the stacks that were looked at, with commas; one that left no digest counts",
  )
  .action(async (folder: string, { stacks }: { stacks: string }) => {
    const found = existsSync(folder) ? digestsIn(folder) : [];
    const digests = stacks
      .split(",")
      .map((stack) => found.find((digest) => digest.stack === stack) ?? digestOf(stack, ""));
    process.stdout.write(`${await reportDrift(github(), digests, runUrl())}\n`);
  });

program
  .command("propose")
  .description(
    "open or update a pull request for each Pulumi.<stack>.yaml of a folder that differs from the one here",
  )
  .argument("<folder>")
  .action(async (folder: string) => {
    const files = globSync("**/Pulumi.*.yaml", { cwd: folder }).sort();
    if (files.length === 0)
      throw new UserError(`${folder} has no Pulumi.<stack>.yaml: no stack was looked at`);
    for (const file of files) {
      const stack = /Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? "";
      const content = text(join(folder, file));
      const said =
        content === text(`Pulumi.${stack}.yaml`)
          ? `Pulumi.${stack}.yaml has what serves.`
          : await proposeConfig(github(), stack, content);
      process.stdout.write(`${said}\n`);
    }
  });

program
  .command("health")
  .description("fail when an environment is not well, by what npm run release -- status --json printed")
  .argument("<file>")
  .action((file: string) => {
    const problems = healthProblems(text(file));
    for (const problem of problems) process.stdout.write(`::error::${problem}\n`);
    if (problems.length > 0) process.exitCode = 1;
    else process.stdout.write("All is well.\n");
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError || error instanceof GithubError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
