import { Driver } from "../driver.ts";
import { openEnvironment, systemClock, type CommonOptions } from "../environment.ts";
import { exitCodes, type ExitCode } from "../errors.ts";
import { interruptible, openDriver, tell } from "../session.ts";

/**
 * The watcher in the cluster: asks the gates for as long as a release soaks or is watched, and brings the traffic back.
 * It needs the API server and Prometheus, no stack and no lease: who drives a release reads in the journal what it did,
 * and brings the stack in line.
 */
export async function watch(options: CommonOptions & { once?: boolean }): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const { signal, dispose } = interruptible();
  const { doors, told } = await openDriver(environment, { withStack: false });
  tell(`watching ${environment.location.name}, every ${doors.everySeconds} s`);
  try {
    const driver = new Driver(doors);
    while (!signal.aborted) {
      // Without a release there is nothing to look at, and one can be started at any time.
      if (await environment.spare.current().catch(() => undefined))
        await driver.drive({ once: true, until: () => false }, signal).catch((error: unknown) => {
          if (!signal.aborted) tell(error instanceof Error ? error.message : String(error));
        });
      if (options.once) break;
      await systemClock.sleep(doors.everySeconds * 1000, signal).catch(() => undefined);
    }
  } finally {
    dispose();
    await told();
  }
  return exitCodes.done;
}
