// coverage.mts SUMMARY PERCENT: fails when the tests reach less of the lines than that.
import { readFileSync } from "node:fs";

const [file = "", wanted = ""] = process.argv.slice(2);

interface Summary {
  total?: { lines?: { pct?: number | "Unknown" } };
}

function reached(): number | string {
  try {
    const summary = JSON.parse(readFileSync(file, "utf8")) as Summary;
    const pct = summary.total?.lines?.pct;
    return typeof pct === "number"
      ? pct
      : `${file} has no total of lines; the tests have to write a json-summary.`;
  } catch (error) {
    return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const percent = reached();
if (typeof percent === "string") {
  console.log(`::error::${percent}`);
  process.exitCode = 2;
} else if (percent < Number(wanted)) {
  console.log(`::error::The tests reach ${percent} % of the lines; at least ${wanted} % are wanted.`);
  process.exitCode = 1;
} else {
  console.log(`The tests reach ${percent} % of the lines; ${wanted} % are wanted.`);
}
