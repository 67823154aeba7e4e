import { UserError } from "../errors.ts";
import { findOnPath } from "../process.ts";

const packages = {
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
  chroot: "coreutils",
};

/** A program of the operating system that the full level runs. */
export type MachineTool = keyof typeof packages;

/** Root's own programs may be missing from PATH, as after "su". */
const searchPath = () => [process.env.PATH ?? "", "/usr/sbin", "/sbin", "/usr/bin", "/bin"].join(":");

/** Absolute path of the program. Throws a sentence that names its package where it is missing. */
export function machineTool(name: MachineTool): string {
  const [path] = findOnPath(name, searchPath());
  if (path === undefined) {
    throw new UserError(
      `The program "${name}" is missing; install it, on Debian: apt-get install ${packages[name]}.`,
    );
  }
  return path;
}
