// audit.mts npm|pnpm REPORT: asks the registry about the dependencies, keeps its answer, fails on high and critical
// ones. Exit code 2, and a sentence, when the audit did not run: no answer is not a good answer.
import { spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";

const [manager = "", report = ""] = process.argv.slice(2);
if (!["npm", "pnpm"].includes(manager)) {
  console.log(`::error::${JSON.stringify(manager)} cannot be asked for an audit; allowed: npm, pnpm.`);
  process.exit(2);
}

interface Answer {
  metadata?: { vulnerabilities?: Partial<Record<string, number>> };
  error?: { code?: string; summary?: string; detail?: string };
  message?: string;
}

const { stdout, stderr, error } = spawnSync(manager, ["audit", "--json"], {
  encoding: "utf8",
  maxBuffer: 1e8,
});

function parsed(): Answer {
  try {
    return JSON.parse(stdout) as Answer;
  } catch {
    return {};
  }
}

const answer = parsed();
writeFileSync(report, JSON.stringify(answer, null, 2));
const found = answer.metadata?.vulnerabilities;
if (!found) {
  const reason =
    error?.message ?? answer.error?.summary ?? answer.message ?? stderr.trim().split("\n")[0] ?? "no answer";
  console.log(`::error::The audit did not run: ${reason || "the registry gave no answer"}.`);
  process.exit(2);
}
const levels = ["critical", "high", "moderate", "low", "info"];
const text = levels.map((level) => `${found[level] ?? 0} ${level}`).join(", ");
console.log(`Known vulnerabilities of the dependencies: ${text}.`);
const { GITHUB_STEP_SUMMARY } = process.env;
if (GITHUB_STEP_SUMMARY !== undefined) appendFileSync(GITHUB_STEP_SUMMARY, `Dependencies: ${text}.\n`);
if ((found.critical ?? 0) + (found.high ?? 0) > 0) {
  console.log(
    `::error::${text}; high and critical ones have to go, within a day (\`${manager} audit\` names them).`,
  );
  process.exitCode = 1;
}
