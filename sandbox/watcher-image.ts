import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, type Report } from "./paths.ts";
import { buildImage, type ImageFile } from "./toolchain/image.ts";

/** The release watcher's image, as config names it. */
export const watcherImage = "localhost/pulse-infra-watcher:1.0.0";

/** What the last stage of release/Dockerfile copies, and how it starts: one list for both ways to build the image. */
export function watcherFiles(): { files: (ImageFile & { source: string })[]; entrypoint: string[] } {
  const text = readFileSync(join(projectRoot, "release/Dockerfile"), "utf8");
  const last = text.split(/^FROM /m).at(-1) ?? "";
  const files = [...last.matchAll(/^COPY (?:--from=builder )?(\S+) (\S+)$/gm)].map(
    ([, source = "", path = ""]) => ({ source: join(projectRoot, source.replace(/^\/app\//, "")), path }),
  );
  const [, entrypoint = "[]"] = /^ENTRYPOINT (.*)$/m.exec(last) ?? [];
  const [command = "", ...args] = JSON.parse(entrypoint) as string[];
  return { files, entrypoint: [`/usr/local/bin/${command}`, ...args] };
}

/**
 * Assembles the image without Docker, with this Node, and gives its archive. Built anew each time: it takes a second or
 * two, and its sources are those that somebody works on.
 */
export async function buildWatcherImage(dir: string, report: Report): Promise<string> {
  report("assembling the release watcher's image");
  const folder = join(dir, "watcher-image");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tar = join(folder, "pulse-infra-watcher.tar");
  const { files, entrypoint } = watcherFiles();
  await buildImage({
    out: tar,
    name: watcherImage,
    entrypoint,
    user: "65532",
    workingDir: "/app",
    env: { NODE_ENV: "production" },
    files: [{ source: process.execPath, path: "/usr/local/bin/node", mode: 0o755 }, ...files],
    withLibraries: [process.execPath],
  });
  return tar;
}
