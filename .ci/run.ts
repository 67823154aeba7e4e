// Runs the checks and the tests one after another, or the parts that are named; counts what passed, and closes with
// "N passed, N failed". A part that could not run, and a test that was skipped, count as failed: silence is not
// success.
import { spawn } from "node:child_process";
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

/** A part that hangs must fail, not keep the machine: the longest part builds the tools on an empty cache. */
const minutes = { check: 15, test: 60, cluster: 40 };
/** The whole run, so that a result is printed before whoever waits for it gives up. */
const deadline = Date.now() + 84 * 60_000;

/** Ends a part with everything that it started, first asking, then not. */
function end(pid: number): void {
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // it is gone already
    }
  };
  signal("SIGTERM");
  setTimeout(() => signal("SIGKILL"), 20_000).unref();
}

let interrupted = false;

async function run(title: string, args: readonly string[], limitMinutes: number): Promise<number> {
  console.log(`\n=== ${title}: npm ${args.join(" ")}`);
  const started = Date.now();
  const limit = Math.max(0, Math.min(limitMinutes * 60_000, deadline - started));
  // Pipes of our own: whatever a part leaves running must not hold the output that the caller waits on.
  const child = spawn("npm", args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  child.stdout.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    console.log(`=== ${title}: did not finish within ${Math.round(limit / 60_000)} min; ending it`);
    if (child.pid !== undefined) end(child.pid);
  }, limit);
  const interrupt = (): void => {
    interrupted = true;
    if (child.pid !== undefined) end(child.pid);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const status = await new Promise<number>((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(late ? 1 : (code ?? 1)));
  });
  clearTimeout(timer);
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`=== ${title}: ${status === 0 ? "ok" : "FAILED"} after ${seconds} s`);
  if (interrupted) {
    console.log("interrupted: the rest did not run.");
    process.exit(130);
  }
  return status;
}

async function check(name: string): Promise<Count> {
  return (await run(name, ["run", "--silent", name], minutes.check)) === 0
    ? { passed: 1, failed: 0 }
    : { passed: 0, failed: 1 };
}

async function tests(name: string, limitMinutes: number): Promise<Count> {
  const file = join(results, `${name.replace(":", "-")}.json`);
  const args = ["run", "--silent", name, "--", "--ci", "--json", `--outputFile=${file}`];
  const status = await run(name, args, limitMinutes);
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

const counts: Count[] = [];
const parts: Record<string, () => Promise<void>> = {
  check: async () => {
    for (const name of ["format", "lint", "types", "architecture", "workflows", "manifests"])
      counts.push(await check(`check:${name}`));
  },
  test: async () => void counts.push(await tests("test", minutes.test)),
  cluster: async () => void counts.push(await tests("test:cluster", minutes.cluster)),
};
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.log(
    `There is no part ${unknown.join(", ")}; allowed: ${Object.keys(parts).join(", ")}, or none for all.`,
  );
  console.log("0 passed, 1 failed");
  process.exit(1);
}
for (const [name, part] of Object.entries(parts))
  if (asked.length === 0 || asked.includes(name)) await part();
// A part that was ended may have left its cluster.
if (asked.length === 0 || asked.includes("cluster"))
  await run("down", ["run", "--silent", "sandbox", "--", "down"], minutes.check);
rmSync(results, { recursive: true, force: true });
const total = counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }));
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
