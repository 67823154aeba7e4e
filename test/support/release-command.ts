import { spawn, type ChildProcess } from "node:child_process";
import { projectRoot } from "../../sandbox/paths.ts";
import type { EnvironmentStack, Outcome } from "./environment-stack.ts";

/** One command of the release driver, under way. */
export interface Running {
  child: ChildProcess;
  ended: Promise<Outcome>;
  /** Resolves once it has printed that, or has ended. */
  said: (text: string) => Promise<unknown>;
}

/** Begins a command of the release driver for this stack, with its config file unless `args` name another. */
export function beginRelease(
  stack: EnvironmentStack,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Running {
  // In an emergency it finds its environment by the journal alone.
  const elsewhere = args.includes("--emergency") || args.includes("--config-file");
  const where = elsewhere ? [] : ["--config-file", stack.file];
  const child = spawn(process.execPath, ["release/cli.ts", ...args, ...where], {
    cwd: projectRoot,
    env: { ...stack.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const ended = new Promise<Outcome>((resolve) =>
    child.on("close", (code) => resolve({ code: code ?? 255, output })),
  );
  const said = (text: string) =>
    Promise.race([
      ended,
      new Promise<void>((resolve) => {
        const look = () => output.includes(text) && resolve();
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        look();
      }),
    ]);
  return { child, ended, said };
}
