import { UserError } from "../errors.ts";
import { runProcess } from "../process.ts";

/** Reads ldd's output: the absolute paths of the libraries and of the loader. Throws a sentence for a missing one. */
export function parseLdd(output: string, binary: string): string[] {
  return output.split("\n").flatMap((line) => {
    const missing = /^\s*(\S+) => not found/.exec(line);
    if (missing)
      throw new UserError(`${binary} needs the library ${missing[1] ?? ""}, which is not on this system`);
    // "libc.so.6 => /lib/libc.so.6 (0x...)", "/lib64/ld-linux-x86-64.so.2 (0x...)"; linux-vdso has no path
    const found = /(?:=> )?(\/\S+) \(0x/.exec(line);
    return found?.[1] === undefined ? [] : [found[1]];
  });
}

/** The shared libraries that a binary needs, all levels deep, with its loader; none for a static one. */
export async function sharedLibraries(binary: string): Promise<string[]> {
  const { code, stdout, stderr, startError } = await runProcess("ldd", [binary]);
  if (startError) throw new UserError(`ldd, which lists the libraries of ${binary}, is not on PATH`);
  if (code !== 0 && !/not a dynamic executable|statically linked/.test(stdout + stderr)) {
    throw new UserError(`ldd could not read ${binary}: ${stderr.trim()}`);
  }
  return code === 0 ? parseLdd(stdout, binary) : [];
}
