// release-backup.mts BUILT FOLDER: copies what was built to FOLDER/v<VERSION>-<time>/ with a version.json that says what
// it is. VERSION, GITHUB_SHA and GITHUB_RUN_ID come from the environment.
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [built = "", folder = ""] = process.argv.slice(2);
const { VERSION = "", GITHUB_SHA = "", GITHUB_RUN_ID = "" } = process.env;

if (VERSION === "" || !existsSync(built)) {
  console.log(
    `::error::${VERSION === "" ? "VERSION is not set" : `${built} is not there: nothing was built`}.`,
  );
  process.exit(2);
}
const at = new Date().toISOString();
const name = `${/^\d/.test(VERSION) ? "v" : ""}${VERSION}-${at.replaceAll(/[-:]|\.\d+/g, "")}`;
const target = join(folder, name);
mkdirSync(target, { recursive: true });
cpSync(built, join(target, "dist"), { recursive: true });
const description = { version: VERSION, commit: GITHUB_SHA, run: GITHUB_RUN_ID, at };
writeFileSync(join(target, "version.json"), `${JSON.stringify(description, null, 2)}\n`);
console.log(`${target} has what is released.`);
