import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../paths.ts";
import { buildImage } from "../toolchain/image.ts";
import { versions } from "../toolchain/index.ts";
import { importedImages, importImage, pauseImage } from "./containerd.ts";
import type { Context } from "./context.ts";
import type { FullTool } from "./full-tools.ts";

/** Envoy, as Envoy Gateway runs it. */
export const envoyImage = `localhost/pulse-sandbox/envoy:${versions.envoy}`;
/** Envoy Gateway, which runs beside each Envoy too, to drain it before it ends. */
export const envoyGatewayImage = `localhost/pulse-sandbox/envoy-gateway:${versions["envoy-gateway"]}`;

/** Builds the cluster's own images, once for each version, and imports those that containerd does not have. */
export async function importSystemImages(context: Context<FullTool>): Promise<void> {
  const { tools } = context;
  const bin = "/usr/local/bin";
  const path = { PATH: "/usr/local/bin:/usr/bin:/bin" };
  const images = [
    { name: pauseImage, binary: tools.pause, entrypoint: ["/pause"] },
    { name: envoyImage, binary: tools.envoy, entrypoint: [`${bin}/envoy`], libraries: true },
    { name: envoyGatewayImage, binary: tools["envoy-gateway"], entrypoint: [`${bin}/envoy-gateway`] },
  ];
  const present = await importedImages(context);
  // One after the other: unpacking keeps a core and the disk busy, and the API server is starting meanwhile.
  for (const { name, binary, entrypoint, libraries } of images) {
    if (present.includes(name)) continue;
    const tar = await cached(`${name} ${binary}`, (out) =>
      buildImage({
        out,
        name,
        entrypoint,
        env: path,
        user: "65532",
        files: [{ source: binary, path: entrypoint[0] ?? "", mode: 0o755 }],
        ...(libraries ? { withLibraries: [binary] } : {}),
      }),
    );
    await importImage(context, tar);
  }
}

/** The archive of an image, made once and kept beside the tools. A build that was cut short leaves none. */
async function cached(key: string, build: (out: string) => Promise<void>): Promise<string> {
  const folder = join(cacheDir(), "images");
  const tar = join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 16)}.tar`);
  if (existsSync(tar)) return tar;
  mkdirSync(folder, { recursive: true });
  const draft = `${tar}.${process.pid}`;
  try {
    await build(draft);
    renameSync(draft, tar);
  } finally {
    rmSync(draft, { force: true });
  }
  return tar;
}
