import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./paths.ts";

/** Where the engine looks for a plugin of its home. */
export const pluginFolder = (home: string, name: string, version: string): string =>
  join(home, "plugins", `${name}-v${version}`);

/** A word of a shell script. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Writes a plugin that is a TypeScript program of this project, run by the Node that runs this one.
 * @param lines of shell before the program starts.
 */
export function writeLauncher(
  folder: string,
  name: string,
  program: string,
  args: readonly string[] = [],
  lines: readonly string[] = [],
): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const words = [process.execPath, join(projectRoot, program), ...args].map(quoted);
  const script = ["#!/bin/sh", ...lines, `exec ${words.join(" ")} "$@"`, ""].join("\n");
  rmSync(path, { force: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}
