// bundle-budget.mts FOLDER KIB: fails when scripts and styles are together more than that, before compression.
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const [folder = "", budget = ""] = process.argv.slice(2);
const counted = new Set([".js", ".mjs", ".css"]);

function fail(message: string, code: number): never {
  console.log(`::error::${message}`);
  process.exit(code);
}

if (!existsSync(folder)) fail(`${folder} is not there: nothing was built.`, 2);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => counted.has(extname(name)))
  .map((name) => {
    const content = readFileSync(join(folder, name));
    return { name, bytes: content.length, gzipped: gzipSync(content).length };
  })
  .sort((a, b) => b.bytes - a.bytes);
if (files.length === 0) fail(`${folder} has no scripts and no styles: nothing was built.`, 2);

const kib = (bytes: number): string => (bytes / 1024).toFixed(1);
const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
const gzipped = files.reduce((sum, file) => sum + file.gzipped, 0);
const report = [
  "| file | KiB | gzipped |",
  "| --- | --: | --: |",
  ...files.map((file) => `| ${file.name} | ${kib(file.bytes)} | ${kib(file.gzipped)} |`),
  `| **together, of ${budget}** | **${kib(total)}** | **${kib(gzipped)}** |`,
].join("\n");
console.log(report);
const { GITHUB_STEP_SUMMARY } = process.env;
if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, `${report}\n`);
if (total > Number(budget) * 1024)
  fail(
    `The bundle is ${kib(total)} KiB; at most ${budget} are allowed. The largest file is ${files[0]?.name}.`,
    1,
  );
