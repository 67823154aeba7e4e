import { newestConfig } from "../../infra/domain/journal.ts";
import { run } from "../adapters/process.ts";
import { openEnvironment, type CommonOptions } from "../environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "../errors.ts";
import { pulumiStack } from "../session.ts";
import { readTraffic } from "../stackFile.ts";

/**
 * Takes what the newest switch left over into the stack's config file, and prints the difference to git. A workflow
 * makes a pull request of that.
 */
export async function sync(options: CommonOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const { choice, journal, location } = environment;
  const newest = newestConfig(await journal.entries());
  if (!newest)
    throw new ReleaseError(
      `The journal of ${location.name} knows no update yet; pulumi up writes its first line.`,
    );
  const before = readTraffic(choice.file, choice.stack);
  await (await pulumiStack(environment)).set(newest.config);
  const changed = JSON.stringify(before) !== JSON.stringify(readTraffic(choice.file, choice.stack));
  const { stdout } = await run("git", ["diff", "--", choice.file], { cwd: process.cwd(), env: process.env });
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ file: choice.file, changed, config: newest.config, since: newest.at, by: newest.by, diff: stdout })}\n`,
    );
  } else {
    process.stdout.write(
      changed
        ? `${choice.file} now has what is so since ${new Date(newest.at).toISOString()} (${newest.by}).\n${stdout}`
        : `${choice.file} has what is so.\n${stdout}`,
    );
  }
  return exitCodes.done;
}
