import { createHash } from "node:crypto";
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { extract } from "tar-stream";
import { buildImage, buildImages } from "../../sandbox/toolchain/image.ts";
import { parseLdd, sharedLibraries } from "../../sandbox/toolchain/shared-libraries.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Member {
  mode: number;
  type: string;
  content: Buffer;
}

async function readTar(source: Readable): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const tar = source.pipe(extract());
  for await (const entry of tar) {
    const { name, mode, type } = entry.header;
    members.set(name, { mode, type, content: await buffer(entry) });
  }
  return members;
}

async function readImage(path: string): Promise<{
  manifest: { Config: string; RepoTags: string[]; Layers: string[] }[];
  archive: Map<string, Member>;
  layer: Map<string, Member>;
}> {
  const archive = await readTar(createReadStream(path));
  const json = (name: string): unknown => JSON.parse(archive.get(name)?.content.toString() ?? "");
  const manifest = json("manifest.json") as { Config: string; RepoTags: string[]; Layers: string[] }[];
  const layer = await readTar(
    Readable.from(archive.get(manifest[0]?.Layers[0] ?? "")?.content ?? Buffer.alloc(0)),
  );
  return { manifest, archive, layer };
}

const simple = (): Parameters<typeof buildImage>[0] => ({
  out: join(folder, "out/image.tar"),
  name: "localhost/x:1.0.0",
  entrypoint: ["/bin/app", "run"],
  env: { COLOR: "blue" },
  files: [{ content: "hello", path: "/etc/app/greeting" }],
});

test("an image has its config, its files in their folders, a user and a writable /tmp", async () => {
  await buildImage(simple());
  const { manifest, archive, layer } = await readImage(join(folder, "out/image.tar"));
  const [{ Config, RepoTags, Layers } = { Config: "", RepoTags: [], Layers: [] }] = manifest;
  expect(RepoTags).toEqual(["localhost/x:1.0.0"]);
  const config = JSON.parse(archive.get(Config)?.content.toString() ?? "") as Record<string, unknown>;
  expect(config).toMatchObject({
    os: "linux",
    config: {
      Entrypoint: ["/bin/app", "run"],
      Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "COLOR=blue"],
      User: "1000",
    },
  });
  const digest = createHash("sha256")
    .update(archive.get(Layers[0] ?? "")?.content ?? "")
    .digest("hex");
  expect(config.rootfs).toEqual({ type: "layers", diff_ids: [`sha256:${digest}`] });
  expect([...layer.keys()]).toEqual([
    "etc/",
    "etc/app/",
    "etc/app/greeting",
    "etc/group",
    "etc/passwd",
    "tmp/",
  ]);
  expect(layer.get("tmp/")).toMatchObject({ type: "directory", mode: 0o1777 });
  expect(layer.get("etc/app/greeting")).toMatchObject({ mode: 0o644, content: Buffer.from("hello") });
  expect(layer.get("etc/passwd")?.content.toString()).toContain("app:x:1000:1000:");
});

test("the same files make the same bytes", async () => {
  await buildImage(simple());
  const first = readFileSync(join(folder, "out/image.tar"));
  await buildImage(simple());
  expect(readFileSync(join(folder, "out/image.tar")).equals(first)).toBe(true);
});

test("a source folder is taken with all it holds, links followed, executables kept executable", async () => {
  const source = join(folder, "source/inner");
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, "plain"), "1");
  writeFileSync(join(source, "program"), "2", { mode: 0o750 });
  symlinkSync("plain", join(source, "link"));
  await buildImage({ ...simple(), files: [{ source: join(folder, "source"), path: "/app" }] });
  const { layer } = await readImage(join(folder, "out/image.tar"));
  expect(layer.get("app/inner/plain")?.mode).toBe(0o644);
  expect(layer.get("app/inner/program")?.mode).toBe(0o755);
  expect(layer.get("app/inner/link")).toMatchObject({ type: "file", content: Buffer.from("1") });
});

test("images of one archive share its layer", async () => {
  const { out, files, ...settings } = simple();
  await buildImages({ out, files }, [
    { ...settings, name: "localhost/x:1" },
    { ...settings, name: "localhost/x:2", env: { COLOR: "green" } },
  ]);
  const { manifest } = await readImage(out);
  expect(manifest.map(({ RepoTags }) => RepoTags[0])).toEqual(["localhost/x:1", "localhost/x:2"]);
  expect(new Set(manifest.map(({ Layers }) => Layers[0])).size).toBe(1);
  expect(new Set(manifest.map(({ Config }) => Config)).size).toBe(2);
});

test("a missing source is an error, and no half-made folder stays", async () => {
  const out = join(folder, "image.tar");
  const files = [{ source: join(folder, "nothing"), path: "/x" }];
  await expect(buildImage({ ...simple(), out, files })).rejects.toThrow("ENOENT");
});

test("ldd's lines become paths; the kernel's own library has none", () => {
  const output = [
    "\tlinux-vdso.so.1 (0x00007f9417bd0000)",
    "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f9417000000)",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f9417bd2000)",
  ].join("\n");
  expect(parseLdd(output, "/x")).toEqual(["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"]);
  expect(() => parseLdd("\tlibx.so.1 => not found", "/x")).toThrow(
    "/x needs the library libx.so.1, which is not on this system",
  );
});

test("the libraries of this Node include its loader", async () => {
  const libraries = await sharedLibraries(process.execPath);
  expect(libraries.some((path) => /\/ld-[^/]+$/.test(path))).toBe(true);
});
