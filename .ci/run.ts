// Runs the checks and the tests one after another, counts what passed, and closes with "N passed, N failed".
// A part that could not run, and a test that was skipped, count as failed: silence is not success.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Count {
  passed: number;
  failed: number;
}

interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
}

const results = mkdtempSync(join(tmpdir(), "pulse-ci-"));

function run(title: string, args: readonly string[]): number {
  console.log(`\n=== ${title}: npm ${args.join(" ")}`);
  const started = Date.now();
  const { status } = spawnSync("npm", args, { stdio: ["ignore", "inherit", "inherit"] });
  console.log(
    `=== ${title}: ${status === 0 ? "ok" : "FAILED"} after ${Math.round((Date.now() - started) / 1000)} s`,
  );
  return status ?? 1;
}

function check(name: string): Count {
  return run(name, ["run", "--silent", name]) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function tests(name: string): Count {
  const file = join(results, `${name.replace(":", "-")}.json`);
  const status = run(name, ["run", "--silent", name, "--", "--ci", "--json", `--outputFile=${file}`]);
  let result: JestResult;
  try {
    result = JSON.parse(readFileSync(file, "utf8")) as JestResult;
  } catch {
    console.log(`${name} could not run: it left no result.`);
    return { passed: 0, failed: 1 };
  }
  const skipped = result.numPendingTests + result.numTodoTests;
  if (skipped > 0) console.log(`${name}: ${skipped} skipped, counted as failed.`);
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + skipped;
  const silent = result.numPassedTests === 0 || (status !== 0 && failed === 0);
  return { passed: result.numPassedTests, failed: failed + (silent ? 1 : 0) };
}

const counts = [
  ...["check:format", "check:lint", "check:types", "check:architecture", "check:workflows"].map(check),
  tests("test"),
  tests("test:cluster"),
];
rmSync(results, { recursive: true, force: true });
const total = counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }));
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
