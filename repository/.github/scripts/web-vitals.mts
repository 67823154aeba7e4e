// web-vitals.mts FOLDER SCORE NAME=TARGET:LIMIT...: reads Lighthouse's reports in the folder, takes the median of each
// measure, warns above the target and fails above the limit, or when the score is below SCORE.
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder = "", wantedScore = "", ...budgets] = process.argv.slice(2);

/** Lighthouse's name of each measure, and how its numbers become ours. */
const audits: Record<string, { id: string; scale: number }> = {
  lcp: { id: "largest-contentful-paint", scale: 1 },
  fid: { id: "max-potential-fid", scale: 1 },
  // hundredths
  cls: { id: "cumulative-layout-shift", scale: 100 },
  fcp: { id: "first-contentful-paint", scale: 1 },
  ttfb: { id: "server-response-time", scale: 1 },
};

interface Report {
  categories: { performance?: { score: number | null } };
  audits: Record<string, { numericValue?: number } | undefined>;
}

const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^lhr-.*\.json$/.test(name)) : [];
if (files.length === 0) {
  console.log(`::error::${folder} has no reports of Lighthouse: it did not run.`);
  process.exit(2);
}
const reports = files.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Report);

function median(values: (number | null | undefined)[]): number | undefined {
  const known = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  return known.length === reports.length ? known[Math.floor((known.length - 1) / 2)] : undefined;
}

const rows: string[] = [];
function judge(
  name: string,
  value: number | undefined,
  text: string,
  verdict: "ok" | "warning" | "error",
): void {
  rows.push(
    `| ${name} | ${value === undefined ? "not measured" : Math.round(value)} | ${text} | ${verdict} |`,
  );
  if (verdict === "ok") return;
  const shown = value === undefined ? "was not measured" : `is ${Math.round(value)}`;
  console.log(`::${verdict}::${name} ${shown}; ${text}.`);
  if (verdict === "error") process.exitCode = 1;
}

const performance = median(reports.map(({ categories }) => categories.performance?.score));
const score = performance === undefined ? undefined : performance * 100;
judge(
  "score",
  score,
  `at least ${wantedScore}`,
  score !== undefined && score >= Number(wantedScore) ? "ok" : "error",
);
for (const budget of budgets) {
  const [, name = "", target = "", limit = ""] = /^(\w+)=(\d+):(\d+)$/.exec(budget) ?? [];
  const audit = audits[name];
  if (!audit) {
    console.log(
      `::error::${budget} is no budget; allowed: ${Object.keys(audits).join(", ")} as name=target:limit.`,
    );
    process.exit(2);
  }
  const found = median(reports.map(({ audits }) => audits[audit.id]?.numericValue));
  const value = found === undefined ? undefined : found * audit.scale;
  const text = `target ${target}, limit ${limit}`;
  if (value === undefined || value > Number(limit)) judge(name, value, text, "error");
  else judge(name, value, text, value > Number(target) ? "warning" : "ok");
}
const table = ["| measure | value | wanted | |", "| --- | --: | --- | --- |", ...rows].join("\n");
console.log(table);
const { GITHUB_STEP_SUMMARY } = process.env;
if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, `${table}\n`);
