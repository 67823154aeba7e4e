import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One line of progress from a long-running step. */
export type Report = (message: string) => void;

/** The project's top folder. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The policies that every update of the sandbox runs, and how strict they are there. */
export const policies = {
  pack: join(projectRoot, "policies"),
  levels: join(projectRoot, "policies/levels/sandbox.json"),
  gate: join(projectRoot, "policies/gate/cli.ts"),
} as const;

/** Where one sandbox keeps its state: cluster, Pulumi home and backend, logs. Never committed. */
export const defaultSandboxDir = (): string => join(projectRoot, ".sandbox");

/** Built and downloaded tools, outside the repository so that every clone shares them. */
export function cacheDir(): string {
  const { PULSE_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  return PULSE_CACHE_DIR ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pulse-infra");
}
