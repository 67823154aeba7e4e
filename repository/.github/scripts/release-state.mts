// release-state.mts: the outputs version (package.json's) and pending (whether this push raised it and no tag has it),
// and release-notes.md, which is that version's part of CHANGELOG.md. BEFORE is the commit before the push.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

const { BEFORE = "", GITHUB_OUTPUT } = process.env;

function git(...args: string[]): string | undefined {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

const versionIn = (text: string): string => (JSON.parse(text) as { version?: string }).version ?? "";
const version = versionIn(readFileSync("package.json", "utf8"));
const old = git("show", `${BEFORE}:package.json`);
const tagged = git("rev-parse", "--verify", "--quiet", `refs/tags/v${version}`) !== undefined;
const pending = version !== "" && !tagged && (old === undefined || versionIn(old) !== version);

const changelog = existsSync("CHANGELOG.md") ? readFileSync("CHANGELOG.md", "utf8") : "";
const part = changelog.split(/^(?=## )/m).find((text) => text.startsWith(`## ${version}\n`));
writeFileSync("release-notes.md", part?.replace(/^## .*\n+/, "") ?? `Version ${version}.\n`);

console.log(
  `${version}: ${pending ? "to be released" : tagged ? "released already" : "not changed by this push"}.`,
);
if (GITHUB_OUTPUT !== undefined)
  appendFileSync(GITHUB_OUTPUT, `version=${version}\npending=${String(pending)}\n`);
