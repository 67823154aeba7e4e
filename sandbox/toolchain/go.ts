import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { cacheDir, type Report } from "../paths.ts";
import { findOnPath, runProcess, type ProcessResult } from "../process.ts";
import { diskFull, duration, inWorkFolder, meansDiskFull, size, toolFolder } from "./cache.ts";
import type { GoModule } from "./go-modules.ts";

/** Milliseconds between two lines of progress while nothing else happens. */
const heartbeatMs = 10_000;

const moduleFolder = (module: GoModule): string =>
  join(dirname(fileURLToPath(import.meta.url)), "go", module.name);

function buildFlags(module: GoModule): string[] {
  const variables = Object.entries(module.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return [
    "-trimpath",
    ...(module.tags ? ["-tags", module.tags.join(",")] : []),
    "-ldflags",
    ["-s -w", ...variables].join(" "),
  ];
}

/**
 * Where the module's binaries belong. The name carries a digest of the recipe, so that an edited main.go, go.mod or
 * flag is built anew although the version stands.
 */
export function goToolFolder(module: GoModule): string {
  const folder = moduleFolder(module);
  const hash = createHash("sha256").update(buildFlags(module).join("\0"));
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return `${toolFolder(module.name, module.version)}-${hash.digest("hex").slice(0, 8)}`;
}

function goEnvironment(workFolder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GOMODCACHE: join(cacheDir(), "go", "mod"),
    GOCACHE: join(cacheDir(), "go", "build"),
    GOTMPDIR: workFolder,
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    CGO_ENABLED: "0",
  };
}

function requireGo(what: string): string {
  const [go] = findOnPath("go");
  if (go !== undefined) return go;
  throw new UserError(
    `${what} must be built from source, and there is no go on PATH: install Go (https://go.dev/dl), or put ${what} ` +
      "on PATH, and run the command again.",
  );
}

/** What the failed go command means for the person who waits, in one sentence where the cause is known. */
export function goFailure(module: GoModule, output: string, logFile: string): UserError {
  const what = `${module.name} ${module.version}`;
  if (meansDiskFull(output)) return diskFull(module.diskMb * 1e6);
  const tooOld =
    /requires go >= (\S+) \(running go ([^;)]+)/.exec(output) ??
    /invalid go version '(\S+)': must match format ([\d.]+)/.exec(output);
  if (tooOld) {
    return new UserError(
      `the go on PATH is too old to build ${what}: it needs Go ${tooOld[1] ?? ""} or newer. Update Go, or allow it ` +
        "to fetch the newer one itself (GOTOOLCHAIN=auto).",
    );
  }
  const network = /^.*(dial tcp|no such host|i\/o timeout|connection refused|40[0-9] |5\d\d ).*$/m.exec(
    output,
  );
  if (network) {
    return new UserError(
      `could not download the sources of ${what}: ${network[0].trim()}. Check the network and GOPROXY, and run the ` +
        "command again: it goes on where it stopped.",
    );
  }
  const lines = output.trim().split("\n");
  return new UserError(
    `building ${what} failed: ${lines.slice(-5).join("\n")}\nThe whole output is in ${logFile}.`,
  );
}

/** Counts what the go command says it does, and repeats it now and then, so that a long build is never silent. */
class Progress {
  readonly #started = Date.now();
  readonly #timer: NodeJS.Timeout;
  #downloaded = 0;
  #built = 0;
  /** Packages to compile; 0 until known. */
  total = 0;

  constructor(what: string, report: Report) {
    this.#timer = setInterval(() => report(`${what}: ${this.#state()}, ${this.elapsed()}`), heartbeatMs);
  }

  #state(): string {
    if (this.total === 0) return `${this.#downloaded} source modules downloaded`;
    return this.#built < this.total ? `${this.#built} of ${this.total} packages compiled` : "linking";
  }

  elapsed(): string {
    return duration(Date.now() - this.#started);
  }

  onLine = (line: string): void => {
    if (line.startsWith("go: downloading ")) this.#downloaded += 1;
    else if (this.total > 0 && !line.startsWith("go: ")) this.#built += 1;
  };

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * Builds some tools of one module with one go command into the cache. The sources and compiled packages stay in the
 * cache, so that an interrupted build goes on where it stopped; the binaries appear only when they are whole.
 */
export async function buildGoTools(
  module: GoModule,
  tools: readonly string[],
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  const go = requireGo(tools.join(", "));
  const what = `building ${module.name} ${module.version}`;
  report(`${what} from source (${tools.join(", ")})`);
  const packages = tools.map((tool) => module.packages[tool] ?? tool);
  const progress = new Progress(what, report);
  try {
    await inWorkFolder(async (workFolder) => {
      const run = async (args: string[], onLine?: (line: string) => void): Promise<ProcessResult> => {
        const options = {
          cwd: moduleFolder(module),
          env: goEnvironment(workFolder),
          signal,
          graceMs: 10_000,
        };
        const result = await runProcess(go, args, { ...options, onLine });
        if (result.code !== 0) throw failure(module, result);
        return result;
      };
      // lists what must be compiled, and downloads the sources on the way
      const stale = "{{if .Stale}}{{.ImportPath}}{{end}}";
      const list = await run(
        ["list", "-deps", ...buildFlags(module), "-f", stale, ...packages],
        progress.onLine,
      );
      progress.total = list.stdout.split("\n").filter((line) => line !== "").length;
      const out = join(workFolder, "bin");
      mkdirSync(out);
      await run(["build", "-v", ...buildFlags(module), "-o", `${out}/`, ...packages], progress.onLine);
      const target = goToolFolder(module);
      mkdirSync(target, { recursive: true });
      const sizes = tools.map((tool) => {
        // a main package of the folder itself is called by its module's last part: the folder's name
        const built = join(out, tool);
        const bytes = statSync(built).size;
        renameSync(built, join(target, tool));
        return `${tool} ${size(bytes)}`;
      });
      report(`built ${module.name} ${module.version} in ${progress.elapsed()}: ${sizes.join(", ")}`);
    });
  } catch (error) {
    throw meansDiskFull(error) ? diskFull(module.diskMb * 1e6) : error;
  } finally {
    progress.stop();
  }
}

function failure(module: GoModule, result: ProcessResult): UserError {
  const logFile = join(cacheDir(), "logs", `${module.name}.log`);
  const output = result.startError?.message ?? result.stderr;
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    writeFileSync(logFile, output);
  } catch {
    // on a full disk the sentence alone must do
  }
  return goFailure(module, output, logFile);
}

/** Downloads one module's sources, as pinned by the go.sum of `module`, and returns their folder (read-only). */
export async function goSources(module: GoModule, path: string, signal?: AbortSignal): Promise<string> {
  const go = requireGo(path);
  return inWorkFolder(async (workFolder) => {
    const options = { cwd: moduleFolder(module), env: goEnvironment(workFolder), signal };
    const result = await runProcess(go, ["mod", "download", "-json", path], options);
    const { Dir, Error: problem } = JSON.parse(result.stdout || "{}") as { Dir?: string; Error?: string };
    if (Dir === undefined) throw failure(module, { ...result, stderr: problem ?? result.stderr });
    return Dir;
  });
}
