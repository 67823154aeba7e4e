import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { projectRoot, type Report } from "../paths.ts";
import { buildImages } from "../toolchain/image.ts";
import type { Misbehaviour } from "./misbehave.ts";

/** The versions of the app: good ones to switch between and to release, and those that a guard or a gate must catch. */
export const appVersions: Readonly<Record<string, Partial<Misbehaviour>>> = {
  "1.0.0": {},
  "1.1.0": {},
  "1.2.0": {},
  "1.2.0-unready": { unready: true },
  "1.2.0-crash": { crash: true },
  "1.2.0-errors": { errorRate: 0.3 },
};

/** An archive to load, and the images in it. */
export interface AppArchive {
  tar: string;
  /** As a stack's config names them. */
  references: string[];
}

/** An image's name without its version. */
const repository = "localhost/pulse-messages";

/** What the app imports at run time, with what those import. */
const dependencies = ["ws", "prom-client", "tdigest", "bintrees", "@opentelemetry/api"];

interface ImageFile {
  source: string;
  path: string;
}

function filesUnder(folder: string, to: string, wanted: (path: string) => boolean): ImageFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((source) => wanted(source))
    .sort()
    .map((source) => ({ source, path: join(to, relative(folder, source)) }));
}

/** The app's TypeScript as it is, and the few packages it needs. */
function appFiles(): ImageFile[] {
  const app = filesUnder(join(projectRoot, "sandbox/app"), "/app", (path) => !path.endsWith("image.ts"));
  const packages = dependencies.map((name) => {
    const folder = join(projectRoot, "node_modules", name);
    return filesUnder(folder, `/app/node_modules/${name}`, (path) => /(\.[cm]?js|package\.json)$/.test(path));
  });
  return [...app, ...packages.flat()];
}

/** Changes with everything that goes into the images, so that a kept archive is used only if it is this one. */
function fingerprint(files: readonly ImageFile[]): string {
  const hash = createHash("sha256").update(process.version).update(process.arch);
  for (const { source, path } of files) hash.update(`\0${path}\0`).update(readFileSync(source));
  return hash.update(JSON.stringify(appVersions)).digest("hex").slice(0, 16);
}

/**
 * Assembles every version of the app, without Docker: this Node, the app's TypeScript and its packages in one layer,
 * versions and misbehaviour in the images' environment. Kept under the sandbox's folder until something changes.
 */
export async function buildAppImages(dir: string, report: Report): Promise<AppArchive[]> {
  const references = Object.keys(appVersions).map((version) => `${repository}:${version}`);
  const files = appFiles();
  const folder = join(dir, "images");
  const tar = join(folder, `pulse-messages-${fingerprint(files)}.tar`);
  if (existsSync(tar)) return [{ tar, references }];
  report("assembling the app's images");
  // Only archives of earlier states of the app lie here.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const draft = `${tar}.${process.pid}`;
  const content = {
    out: draft,
    files: [
      { source: process.execPath, path: "/usr/local/bin/node", mode: 0o755 },
      { content: '{"type":"module"}\n', path: "/app/package.json" },
      ...files,
    ],
    withLibraries: [process.execPath],
  };
  const images = Object.entries(appVersions).map(([version, misbehaviour]) => ({
    name: `${repository}:${version}`,
    entrypoint: ["/usr/local/bin/node", "/app/main.ts"],
    workingDir: "/app",
    env: { NODE_ENV: "production", APP_VERSION: version, MISBEHAVE: JSON.stringify(misbehaviour) },
  }));
  await buildImages(content, images);
  renameSync(draft, tar);
  return [{ tar, references }];
}
