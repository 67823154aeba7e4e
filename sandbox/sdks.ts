import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./errors.ts";
import { projectRoot, type Report } from "./paths.ts";
import { runProcess } from "./process.ts";
import { ensureTools } from "./toolchain/index.ts";

const sdksFolder = join(projectRoot, "sdks");
const schemaFolder = join(sdksFolder, "schemas");

/** The SDKs of this project that are generated, by folder name. */
export const localSdks = (): string[] =>
  readdirSync(schemaFolder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length));

/** What is written last: without it a build was not finished. */
const marker = (sdk: string): string => join(sdksFolder, sdk, "bin", "package.json");

/**
 * Compiles the local SDKs whose bin/ is missing, as their own install script would have done, had npm run it.
 * @throws UserError where one does not compile.
 */
export async function buildSdks(report: Report, signal?: AbortSignal): Promise<void> {
  for (const sdk of localSdks().filter((name) => !existsSync(marker(name)))) {
    report(`compiling the ${sdk} SDK`);
    await compile(sdk, signal);
  }
}

async function compile(sdk: string, signal?: AbortSignal): Promise<void> {
  const folder = join(sdksFolder, sdk);
  const compiler = join(projectRoot, "node_modules/typescript/bin/tsc");
  if (!existsSync(compiler)) throw new UserError("TypeScript is missing in node_modules: run `npm ci` first");
  // into a folder of its own: another command that finds bin/ must find all of it
  const out = mkdtempSync(join(folder, ".bin-"));
  try {
    const args = [compiler, "--project", folder, "--outDir", out];
    const { code, stdout } = await runProcess(process.execPath, args, { cwd: folder, signal });
    if (code !== 0) throw new UserError(`the ${sdk} SDK does not compile:\n${stdout.trim()}`);
    copyFileSync(join(folder, "package.json"), join(out, "package.json"));
    rmSync(join(folder, "bin"), { recursive: true, force: true });
    renameSync(out, join(folder, "bin"));
  } catch (error) {
    // another command was faster
    if (!existsSync(marker(sdk)) || error instanceof UserError) throw error;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Makes the sources of the local SDKs anew from sdks/schemas and compiles them. */
export async function regenerateSdks(report: Report, signal?: AbortSignal): Promise<void> {
  const { sdkgen } = await ensureTools(["sdkgen"], report, signal);
  for (const sdk of localSdks()) {
    const folder = join(sdksFolder, sdk);
    const made = mkdtempSync(join(sdksFolder, `.${sdk}-`));
    try {
      const schema = join(schemaFolder, `${sdk}.json`);
      const { code, stdout, stderr } = await runProcess(sdkgen, [schema, made], { signal });
      if (code !== 0) throw new UserError(stderr.trim());
      for (const entry of readdirSync(folder))
        if (entry !== "node_modules") rmSync(join(folder, entry), { recursive: true });
      cpSync(made, folder, { recursive: true });
      report(`${sdk}: ${stdout.trim()}`);
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  }
  await buildSdks(report, signal);
}
