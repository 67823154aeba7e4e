import { createServer } from "node:net";
import { UserError } from "../errors.ts";

/** Ports on 127.0.0.1 that nothing listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0, "127.0.0.1")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether a listener could be opened there. */
export async function isFree(port: number, host: string): Promise<boolean> {
  try {
    const server = await listen(port, host);
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

/** Throws a sentence naming the port and how to mend it, if something listens on it already. */
export async function requireFree(
  port: number,
  host: string,
  purpose: string,
  remedy: string,
): Promise<void> {
  if (await isFree(port, host)) return;
  throw new UserError(
    `Port ${port} on ${host}, wanted for ${purpose}, is in use by another program; ${remedy}.`,
  );
}

function listen(port: number, host: string) {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}
