import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { projectRoot } from "../paths.ts";
import { lineSplitter } from "../process.ts";

/** One command of the release driver, from its start on; times are milliseconds since 1970. */
export interface ReleaseCommand {
  began: number;
  /** Resolves with the time at which it printed `text`; rejects with its output when it ends before that. */
  said(text: string): Promise<number>;
  /** Resolves when it has ended; rejects with its output when that was with another exit code than one of `codes`. */
  ended(...codes: readonly number[]): Promise<number>;
  /** SIGKILL for the driver alone; gives the time. What it has started goes on, as after a crash. */
  kill(): number;
  readonly lines: readonly { at: number; text: string }[];
}

/** Runs commands of the release driver in the sandbox, as a person would; aborting ends the one under way. */
export function releaseCommands(place: { env: NodeJS.ProcessEnv; configFile: string; signal: AbortSignal }) {
  return (args: readonly string[], env: NodeJS.ProcessEnv = {}): ReleaseCommand => {
    const own = args.includes("--emergency") ? [] : ["--config-file", place.configFile];
    const child = spawn(process.execPath, [join(projectRoot, "release/cli.ts"), ...args, ...own], {
      cwd: projectRoot,
      env: { ...place.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      signal: place.signal,
      killSignal: "SIGINT",
    });
    const began = Date.now();
    const lines: { at: number; text: string }[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      const splitter = lineSplitter((text) => lines.push({ at: Date.now(), text }));
      stream.setEncoding("utf8").on("data", splitter.write).on("end", splitter.end);
    }
    const closed = new Promise<number | null>((resolve) => {
      child.on("close", resolve);
      // An abort is one, and the exit follows.
      child.on("error", () => undefined);
    });
    const output = (): string => lines.map(({ text }) => text).join("\n");
    const what = `release ${args.join(" ")}`;
    return {
      began,
      lines,
      said: async (text) => {
        for (;;) {
          const over = await Promise.race([closed.then(() => true), delay(10, false)]);
          const found = lines.find((line) => line.text.includes(text));
          if (found) return found.at;
          place.signal.throwIfAborted();
          if (over) throw new UserError(`${what} ended without saying "${text}":\n${output()}`);
        }
      },
      ended: async (...codes) => {
        const code = await closed;
        place.signal.throwIfAborted();
        if (code === null || !codes.includes(code))
          throw new UserError(`${what} ended with ${code ?? "a signal"}:\n${output()}`);
        return Date.now();
      },
      kill: () => {
        child.kill("SIGKILL");
        return Date.now();
      },
    };
  };
}
