import * as pulumi from "@pulumi/pulumi";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";

/**
 * Content by path of every file in the folder of this project that the config names. To be read before anything is
 * declared.
 */
export function committedFiles({ github: { files: folder } }: PlatformConfig): Record<string, string> {
  if (folder === undefined) return {};
  const root = join(import.meta.dirname, "../..", folder);
  try {
    const paths = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, "utf8")]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new pulumi.RunError(
      `github.files is ${JSON.stringify(folder)}, which is not there; allowed: a folder of this project`,
    );
  }
}
