import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { arch } from "node:os";
import { dirname, join } from "node:path";
import { layerEntries, tarEntry, writeTar, type ImageFile } from "./layer.ts";
import { sharedLibraries } from "./shared-libraries.ts";

export type { ImageFile } from "./layer.ts";

/** How containers of one image start. */
export interface ImageSettings {
  /** The image's reference, for example localhost/pulse-messages:1.0.0. */
  name: string;
  entrypoint: readonly string[];
  /** Arguments after the entrypoint; default none. */
  cmd?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Numeric user id; default "1000". */
  user?: string;
  /** Default "/". */
  workingDir?: string;
  labels?: Readonly<Record<string, string>>;
}

/** What the images of one archive hold: one layer for all of them. */
export interface ImageContent {
  /** Where the docker-archive tar is written; its folder is made. */
  out: string;
  files: readonly ImageFile[];
  /** Binaries on this machine whose shared libraries and loader are added at the same paths. */
  withLibraries?: readonly string[];
}

/** The users an image knows by name; 65532 is who distroless images run as. */
const accounts: readonly ImageFile[] = [
  {
    path: "/etc/passwd",
    content: [
      "root:x:0:0:root:/:/sbin/nologin",
      "app:x:1000:1000:app:/tmp:/sbin/nologin",
      "nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin",
      "",
    ].join("\n"),
  },
  { path: "/etc/group", content: "root:x:0:\napp:x:1000:\nnonroot:x:65532:\n" },
];

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

function imageConfig(settings: ImageSettings, layerDigest: string): string {
  const { entrypoint, cmd, user = "1000", workingDir = "/", labels } = settings;
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", ...settings.env };
  return JSON.stringify({
    architecture: architectures[arch()] ?? arch(),
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: {
      Entrypoint: entrypoint,
      Cmd: cmd,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      User: user,
      WorkingDir: workingDir,
      Labels: labels,
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "pulse-infra" }],
  });
}

/**
 * Writes images that share one layer as one docker-archive, without Docker: `ctr images import` and `docker load` read
 * it. The same files make the same bytes, so that digests stand as long as nothing changed.
 */
export async function buildImages(content: ImageContent, images: readonly ImageSettings[]): Promise<void> {
  const { out, files, withLibraries = [] } = content;
  const libraries = (await Promise.all(withLibraries.map(sharedLibraries))).flat();
  mkdirSync(dirname(out), { recursive: true });
  const work = mkdtempSync(`${out}.work-`);
  try {
    const layer = join(work, "layer.tar");
    const libraryFiles = libraries.map((path) => ({ source: path, path, mode: 0o755 }));
    const digest = await writeTar(layer, layerEntries([...accounts, ...libraryFiles, ...files]));
    const layerName = `${digest}/layer.tar`;
    const configs = images.map((settings) => {
      const config = imageConfig(settings, digest);
      return { settings, config, file: `${createHash("sha256").update(config).digest("hex")}.json` };
    });
    const manifest = configs.map(({ settings, file }) => ({
      Config: file,
      RepoTags: [settings.name],
      Layers: [layerName],
    }));
    await writeTar(out, [
      ...configs.map(({ file, config }) => tarEntry(file, { content: config })),
      tarEntry(layerName, { source: layer }),
      tarEntry("manifest.json", { content: JSON.stringify(manifest) }),
    ]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes one image as a docker-archive; see `buildImages`. */
export async function buildImage(options: ImageContent & ImageSettings): Promise<void> {
  await buildImages(options, [options]);
}
