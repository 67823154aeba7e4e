/** Why an abort signal was raised: the user ended the command. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** A second Ctrl-C within this time is the same one: npm and the terminal may both deliver it. */
const SAME_SIGNAL_MS = 1_500;

/**
 * Turns Ctrl-C, SIGTERM and a closed terminal into an abort, so that what runs can end properly; the next Ctrl-C ends
 * this process at once. `dispose` gives the signals back.
 */
export function interruptible(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let first = 0;
  const onSignal = (): void => {
    if (first === 0) {
      first = Date.now();
      controller.abort(new Interrupted("interrupted"));
    } else if (Date.now() - first > SAME_SIGNAL_MS) {
      process.exit(130);
    }
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => names.forEach((name) => process.off(name, onSignal)),
  };
}
