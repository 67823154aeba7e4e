import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ReleaseError } from "./errors.ts";

/** The folder with Pulumi.yaml. */
export const project = dirname(dirname(fileURLToPath(import.meta.url)));

/** Which stack a command means, and where its config is. */
export interface StackChoice {
  stack: string;
  /** Absolute. */
  file: string;
}

/** From --stack and --config-file, else PULUMI_STACK. */
export function chosenStack(options: { stack?: string; configFile?: string }): StackChoice {
  const stack = options.stack ?? process.env.PULUMI_STACK;
  if (stack === undefined)
    throw new ReleaseError("Which stack? Say it with --stack, such as --stack staging, or by PULUMI_STACK.");
  const file = options.configFile ?? join(project, `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`);
  return { stack, file: resolve(file) };
}
