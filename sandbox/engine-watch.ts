import { connect } from "node:net";

const everyMs = 2_000;

/**
 * Calls `gone` once the engine that started this process has ended: one that was killed cannot say goodbye. It has
 * ended when nobody listens at its address (`host:port`, which it names as an argument) any more. A change of the parent
 * says so too, but not where the engine had died before this process could look who its parent is.
 */
export function whenEngineIsGone(address: string, gone: () => void): void {
  const parent = process.ppid;
  const colon = address.lastIndexOf(":");
  const [host, port] = [
    address.slice(0, colon).replace(/^\[(.*)\]$/, "$1"),
    Number(address.slice(colon + 1)),
  ];
  const look = () => {
    if (process.ppid !== parent) gone();
    if (colon < 0) return;
    const socket = connect({ host, port }, () => socket.destroy());
    socket.unref().on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") gone();
    });
  };
  look();
  setInterval(look, everyMs).unref();
}
