import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

/** Milliseconds a program has between SIGTERM and SIGKILL. */
const graceMs = 3000;

/** The Node processes that this host started. None may outlive it, whatever ends it. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  #stopping = false;

  /** True from the first `stopAll` on: what ends now was ended by us. */
  get stopping(): boolean {
    return this.#stopping;
  }

  start(nodeArguments: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(process.execPath, nodeArguments, options);
    this.#running.add(child);
    child.on("exit", () => this.#running.delete(child));
    child.on("error", () => this.#running.delete(child));
    return child;
  }

  /** Asks one program to end, and ends it where it does not. */
  stop(child: ChildProcess): void {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), graceMs).unref();
  }

  /** Ends all programs; resolves when the last is gone. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    const ends = [...this.#running].map((child) => new Promise((resolve) => child.on("exit", resolve)));
    for (const child of this.#running) this.stop(child);
    await Promise.all(ends);
  }

  /** The last resort while this process exits. */
  killAll(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}
