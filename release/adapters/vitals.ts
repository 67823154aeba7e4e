import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** How a process that runs for ever is: for the probes of its pod, and for Prometheus. */
export class Vitals {
  readonly #limits: { hangsAfterMs: number; staleAfterMs: number };
  readonly #now: () => number;
  readonly #rounds = { done: 0, failed: 0 };
  #beat: number;
  #done: number | undefined;

  /** Without a sign for `hangsAfterMs` it hangs; without a round that worked for `staleAfterMs` it is of no use. */
  constructor(
    limits: { hangsAfterMs: number; staleAfterMs: number },
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#now = now;
    this.#beat = now();
  }

  /** It goes on, whether or not others let it do its work. */
  beat(): void {
    this.#beat = this.#now();
  }

  /** A round is over. */
  round(result: "done" | "failed"): void {
    this.beat();
    this.#rounds[result]++;
    if (result === "done") this.#done = this.#now();
  }

  /** Starting it again may help where this is false. */
  get alive(): boolean {
    return this.#now() - this.#beat <= this.#limits.hangsAfterMs;
  }

  /** False: the API server is away, or refuses what it is asked. Starting again would not help. */
  get ready(): boolean {
    return this.#done !== undefined && this.#now() - this.#done <= this.#limits.staleAfterMs;
  }

  /** In Prometheus' text format. */
  metrics(): string {
    const { done, failed } = this.#rounds;
    const sinceDone = this.#done === undefined ? "+Inf" : String((this.#now() - this.#done) / 1000);
    return [
      "# HELP pulse_watcher_rounds_total Looks at the release, by whether the cluster answered.",
      "# TYPE pulse_watcher_rounds_total counter",
      `pulse_watcher_rounds_total{result="done"} ${done}`,
      `pulse_watcher_rounds_total{result="failed"} ${failed}`,
      "# HELP pulse_watcher_last_done_age_seconds Time since the last look that worked.",
      "# TYPE pulse_watcher_last_done_age_seconds gauge",
      `pulse_watcher_last_done_age_seconds ${sinceDone}`,
      "",
    ].join("\n");
  }

  /** Answers /health, /ready and /metrics; port 0 takes a free one. */
  async listen(port: number): Promise<{ port: number; close: () => void }> {
    const yes = (well: boolean) => ({ status: well ? 200 : 503, text: well ? "ok\n" : "no\n" });
    const server = createServer(({ url }, response) => {
      const answer =
        url === "/health"
          ? yes(this.alive)
          : url === "/ready"
            ? yes(this.ready)
            : url === "/metrics"
              ? { status: 200, text: this.metrics() }
              : { status: 404, text: "" };
      response.writeHead(answer.status, { "content-type": "text/plain; version=0.0.4" }).end(answer.text);
    });
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, resolve));
    return {
      port: (server.address() as AddressInfo).port,
      close: () => {
        server.close();
        server.closeAllConnections();
      },
    };
  }
}
