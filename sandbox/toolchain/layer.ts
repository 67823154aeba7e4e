import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack, type Header, type Pack } from "tar-stream";

/** A file or folder of an image: from disk (a folder is taken with all it holds, links followed) or as text. */
export type ImageFile = (
  | { /** A path on this machine. */ source: string; content?: never }
  | { content: string | Uint8Array; source?: never }
) & {
  /** Absolute path in the image. */
  path: string;
  /** Permission bits; default: the source's own, 0o644 for content. Not for folders. */
  mode?: number;
};

interface Entry {
  header: Partial<Header> & { name: string };
  source?: string;
  content?: Buffer;
}

/** Every layer is the same for the same files, whenever and by whomever it is made. */
const reproducible = { mtime: new Date(0), uid: 0, gid: 0 };

const relative = (path: string): string => posix.normalize(path).replace(/^\/+/, "");

const folder = (path: string, mode = 0o755): Entry => ({
  header: { ...reproducible, name: `${relative(path)}/`, type: "directory", mode },
});

function expand(file: ImageFile): Entry[] {
  if (file.source === undefined) {
    const content = Buffer.from(file.content);
    const header = {
      ...reproducible,
      name: relative(file.path),
      mode: file.mode ?? 0o644,
      size: content.length,
    };
    return [{ header, content }];
  }
  const { source, path } = file;
  const stat = statSync(source);
  if (stat.isDirectory()) {
    const inside = readdirSync(source).sort();
    return [
      folder(path),
      ...inside.flatMap((name) => expand({ source: join(source, name), path: `${path}/${name}` })),
    ];
  }
  // owners differ from machine to machine, and the app runs as nobody in particular: everyone may read
  const mode = file.mode ?? (stat.mode & 0o111 ? 0o755 : 0o644);
  return [{ header: { ...reproducible, name: relative(path), mode, size: stat.size }, source }];
}

function parents(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** The layer's entries: the files, the folders that hold them, and a /tmp that everybody may write to. */
export function layerEntries(files: readonly ImageFile[]): Entry[] {
  const entries = new Map<string, Entry>();
  const put = (entry: Entry): void => void entries.set(entry.header.name, entry);
  for (const entry of files.flatMap(expand)) {
    for (const parent of parents(entry.header.name)) put(folder(parent));
    put(entry);
  }
  put(folder("tmp", 0o1777));
  return [...entries.values()].sort((a, b) => (a.header.name < b.header.name ? -1 : 1));
}

async function addEntry(tar: Pack, { header, source, content }: Entry): Promise<void> {
  if (source === undefined) {
    await new Promise<void>((resolve, reject) =>
      tar.entry(header, content ?? Buffer.alloc(0), (error) => (error ? reject(error) : resolve())),
    );
  } else {
    await pipeline(createReadStream(source), tar.entry(header));
  }
}

/** Writes a tar file entry by entry and answers with its SHA-256 in hex. */
export async function writeTar(out: string, entries: readonly Entry[]): Promise<string> {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform: (chunk: Buffer, _, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const tar = pack();
  const add = async (): Promise<void> => {
    try {
      for (const entry of entries) await addEntry(tar, entry);
      tar.finalize();
    } catch (error) {
      tar.destroy(error as Error);
      throw error;
    }
  };
  await Promise.all([pipeline(tar, hashing, createWriteStream(out)), add()]);
  return hash.digest("hex");
}

/** A tar entry with the content of a file on disk, or with a text. */
export function tarEntry(name: string, from: { source: string } | { content: string }): Entry {
  if ("source" in from) {
    return {
      header: { ...reproducible, name, mode: 0o644, size: statSync(from.source).size },
      source: from.source,
    };
  }
  const content = Buffer.from(from.content);
  return { header: { ...reproducible, name, mode: 0o644, size: content.length }, content };
}
