import type { Report } from "../paths.ts";
import { seconds } from "./lines.ts";
import { say, terminalLook } from "./terminal.ts";

/** One named piece of work that says what it is doing. */
export interface Step {
  title: string;
  run: (report: Report, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs groups of steps one after the other, the steps of a group side by side: as a live list on a terminal, else as
 * plain lines. When one fails, the rest of its group is aborted and awaited, then its error is thrown.
 */
export async function runSteps(groups: readonly (readonly Step[])[], signal: AbortSignal): Promise<void> {
  for (const group of groups) {
    signal.throwIfAborted();
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const running: Promise<void>[] = [];
    const start = (step: Step, report: Report): Promise<void> => {
      const work = step.run(report, both).catch((error: unknown) => {
        // The first failure is the cause; what it aborts fails with it, or with its own cleaning up.
        if (!failed.signal.aborted) failed.abort(error);
        throw error;
      });
      running.push(work);
      return work;
    };
    try {
      await (terminalLook() ? listLive(group, start) : printPlain(group, start));
    } catch {
      await Promise.allSettled(running);
      signal.throwIfAborted();
      throw failed.signal.reason;
    }
  }
}

type Start = (step: Step, report: Report) => Promise<void>;

async function listLive(group: readonly Step[], start: Start): Promise<void> {
  const { Listr, PRESET_TIMER } = await import("listr2");
  const tasks = group.map((step) => ({
    title: step.title,
    task: (_context: unknown, task: { output: string }) => start(step, (message) => (task.output = message)),
  }));
  await new Listr(tasks, {
    concurrent: true,
    // Ctrl-C is ours to handle.
    registerSignalListeners: false,
    rendererOptions: {
      timer: PRESET_TIMER,
      showErrorMessage: false,
      collapseErrors: false,
      formatOutput: "truncate",
    },
  }).run();
}

async function printPlain(group: readonly Step[], start: Start): Promise<void> {
  await Promise.all(
    group.map(async (step) => {
      const began = performance.now();
      let last = "";
      await start(step, (message) => {
        if (message !== last) say(`${step.title}: ${message}`);
        last = message;
      });
      say(`${step.title}: done in ${seconds(performance.now() - began)}`);
    }),
  );
}
