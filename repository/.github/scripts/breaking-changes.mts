// breaking-changes.mts: with BASE and HEAD (commits) and TITLE (of the pull request). A title with `!` and a changeset
// that says major belong together; either one alone fails. A commit that says BREAKING CHANGE counts as the title.
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";

const { BASE = "", HEAD = "", TITLE = "", GITHUB_STEP_SUMMARY } = process.env;
const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8" });

const commits = git("log", "--format=%s%n%b", `${BASE}..${HEAD}`);
const announced = /^[a-z]+(\([a-z0-9-]+\))?!: /.test(TITLE) || /^BREAKING[ -]CHANGE: /m.test(commits);
const added = git("diff", "--name-only", "--diff-filter=AM", `${BASE}...${HEAD}`, "--", ".changeset/*.md")
  .split("\n")
  .filter((path) => path !== "" && !path.endsWith("README.md"));
// Only the front matter names bumps; the text below it may say anything.
const major = added.filter((path) => {
  const [, front = ""] = git("show", `${HEAD}:${path}`).split(/^---$/m);
  return /^["']?[@\w/.-]+["']?: major$/m.test(front);
});

const outcome = announced
  ? major.length > 0
    ? "This change breaks something, and says so."
    : "The title says that something breaks, but no changeset is major: add one, or take the ! back."
  : major.length > 0
    ? `${major.join(", ")} is a major change, but the title does not say so: write \`feat!: ...\`.`
    : "Nothing breaks, as far as title and changesets say.";
const fine = announced === major.length > 0;
console.log(fine ? outcome : `::error::${outcome}`);
if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, `${outcome}\n`);
if (!fine) process.exitCode = 1;
