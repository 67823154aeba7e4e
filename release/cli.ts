import { enableCompileCache } from "node:module";
import { Command } from "commander";
import { exitCodes, ReleaseError, type ExitCode } from "./errors.ts";

// Each command loads what it needs when it runs: a rollback must not wait for what only a report needs.

// Nor for parsing what was parsed the last time.
enableCompileCache();

// Whoever reads may have enough (`| head`); a release goes on all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

const program = new Command("npm run release --")
  .description("Releases a version to an environment, in steps that can go back by themselves.")
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
  });

/** A command with the options that all have; `run` gives the exit code. */
function command(spec: string, description: string): Command {
  return program
    .command(spec)
    .description(description)
    .option("-s, --stack <stack>", "the environment's stack (default: PULUMI_STACK)")
    .option("--config-file <path>", "its config file (default: Pulumi.<stack>.yaml)")
    .option("--json", "print the result as JSON")
    .option("-y, --yes", "do not ask");
}

/** Ends with the command's exit code. */
const ends =
  <A extends unknown[]>(run: (...args: A) => Promise<ExitCode>) =>
  async (...args: A): Promise<void> => {
    process.exitCode = await run(...args);
  };

const drive = () => import("./commands/drive.ts");
const show = () => import("./commands/show.ts");
const back = () => import("./commands/rollback.ts");

command("start <version-or-image>", "release a version, such as 1.4.2, or a whole image reference")
  .option("--strategy <name>", "instant, five, fast, staged or own (default: the config's)")
  .option("--hotfix", "skip every soak; the gates still have to be content")
  .option("--detach", "end at the first wait; ticks go on")
  .action(
    ends(async (what: string, options: object) => (await import("./commands/start.ts")).start(what, options)),
  );
command("tick", "do what is due now and end: for a schedule").action(
  ends(async (options: object) => (await drive()).tick(options)),
);
command("status", "how the release stands")
  .option("-w, --watch", "live")
  .action(ends(async (options: object) => (await show()).status(options)));
command("promote", "skip what is left of the soaks").action(
  ends(async (options: object) => (await drive()).promote(options)),
);
command("pause [reason]", "stop at the step that it is at; gates go on looking").action(
  ends(async (reason: string | undefined, options: object) => (await drive()).pause(reason, options)),
);
command("resume", "go on, after a pause or a driver that was killed").action(
  ends(async (options: object) => (await drive()).resume(options)),
);
command("abort", "end a release that is not promoted yet: all traffic back")
  .option("--reason <text>", "for the journal")
  .action(ends(async (options: object) => (await back()).abort(options)));
command("rollback [version]", "all traffic back to the version before, at once; or to any version")
  .option("--emergency", "by KUBECONFIG and the journal alone, without Pulumi")
  .option("--namespace <name>", "with --emergency, where several environments share a cluster")
  .option("--app <name>", "with --emergency, where several environments share a cluster")
  .option("--reason <text>", "for the journal")
  .action(
    ends(async (version: string | undefined, options: object) => (await back()).rollback(version, options)),
  );
command("history", "releases and switches, oldest first").action(
  ends(async (options: object) => (await show()).history(options)),
);
command("report [id]", "write one HTML file about a release")
  .option("-o, --output <file>", "where to (default: release-<id>.html)")
  .action(ends(async (id: string | undefined, options: object) => (await show()).report(id, options)));
command("sync", "take what the journal says is so into the stack's config file").action(
  ends(async (options: object) => (await import("./commands/sync.ts")).sync(options)),
);
command("watch", "the watcher in the cluster: gates and moves traffic back, without Pulumi")
  .option("--once", "look once and end")
  .option("--port <port>", "answer /health, /ready and /metrics there")
  .action(ends(async (options: object) => (await import("./commands/watch.ts")).watch(options)));

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const unexpected = [TypeError, RangeError, SyntaxError, ReferenceError].some(
    (type) => error instanceof type,
  );
  process.stderr.write(unexpected ? `Unexpected: ${message} (DEBUG=pulse shows where)\n` : `${message}\n`);
  if (process.env.DEBUG === "pulse" && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  process.exitCode = error instanceof ReleaseError ? error.code : exitCodes.refused;
}
