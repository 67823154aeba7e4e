/** Whom to talk to. */
export interface Target {
  /** Where to send, with path: `https://127.0.0.1:8443/`. */
  url: string;
  /** The host name that is asked for and that the server's certificate has to name; default: the URL's own host. */
  hostHeader?: string;
  /** PEM text of the authority that has signed it; default: those of the system. */
  ca?: string;
}

/** What constant load to make. */
export interface LoadOptions extends Target {
  /** Keep-alive connections kept open; default 20. */
  connections?: number;
  /** Requests started a second, whether or not the earlier ones are answered; default 500. */
  requestsPerSecond?: number;
  /** Length of one sample, in milliseconds; default 100. */
  bucketMs?: number;
  /** A request without a whole answer for this long has failed, in milliseconds; default 10,000. */
  timeoutMs?: number;
}

/** With every default filled in. */
export type WorkerOptions = Required<Omit<LoadOptions, "ca">> & Pick<LoadOptions, "ca">;

/** How a connection to the target is secured: its certificate has to name the host that is asked for. */
export const tlsOf = ({ url, hostHeader = new URL(url).host, ca }: Target) => ({
  servername: hostHeader.replace(/:\d+$/, ""),
  ...(ca !== undefined && { ca }),
});

/** One time bucket of answers. Times are milliseconds since 1970. */
export interface Sample {
  at: number;
  /** Good answers by their x-app-color header; `none` without one. */
  byColor: Record<string, number>;
  failures: number;
}

export interface Failure {
  at: number;
  /** Such as `status 503`, `UND_ERR_SOCKET other side closed`, `no answer within 10000 ms`. */
  reason: string;
}

export interface Totals {
  /** Requests answered or failed. */
  requests: number;
  failures: number;
  byColor: Record<string, number>;
  /** Time from when a request was due to the end of its answer, in milliseconds, of the good answers. */
  latencyMs: { p50: number; p95: number; p99: number; max: number };
}

/** Running load. Figures are at most one bucket old. */
export interface LoadHandle {
  /** Every bucket since the start, or since `from`. */
  samples(from?: number): Sample[];
  totals(): Totals;
  /** The first 1,000 failures, oldest first; the count is in `totals`. */
  failures(): Failure[];
  /** When the last good answer of a colour came, in milliseconds since 1970. */
  lastAnswerOf(color: string): number | undefined;
  /** Sends no more, waits for what is under way and gives the final figures. */
  stop(): Promise<Totals>;
}

/** From the worker to its owner: what the finished bucket held, and the figures so far. */
export interface Progress {
  sample: Sample;
  failures: Failure[];
  lastAnswers: Record<string, number>;
  latencyMs: Totals["latencyMs"];
  done: boolean;
}
