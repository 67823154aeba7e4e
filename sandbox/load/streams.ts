import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { tlsOf, type Failure, type Target } from "./types.ts";

export interface StreamOptions extends Target {
  /** Streams open at a time; default 5. */
  concurrent?: number;
  /** Lines of one stream and the milliseconds between them; default 30 and 100. */
  chunks?: number;
  chunkMs?: number;
}

export interface StreamTotals {
  /** Streams that arrived whole. */
  completed: number;
  byColor: Record<string, number>;
  failures: Failure[];
}

export interface StreamHandle {
  totals(): StreamTotals;
  /** Opens no more, waits for the open ones to end. */
  stop(): Promise<StreamTotals>;
}

/** Keeps streaming answers open through whatever happens; each must arrive with every line and its end mark. */
export function startStreams(options: StreamOptions): StreamHandle {
  const { url, hostHeader = new URL(url).host, concurrent = 5, chunks = 30, chunkMs = 100 } = options;
  const pool = new Pool(new URL(url).origin, { connections: concurrent, connect: tlsOf(options) });
  const whole = `${Array.from({ length: chunks }, (_, n) => `${n + 1}\n`).join("")}end\n`;
  const totals: StreamTotals = { completed: 0, byColor: {}, failures: [] };
  let stopping = false;

  async function once(): Promise<void> {
    const path = `/stream?chunks=${chunks}&ms=${chunkMs}`;
    const { statusCode, headers, body } = await pool.request({
      path,
      method: "GET",
      headers: { host: hostHeader },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    if (text !== whole) throw new Error(`cut off after ${text.length} of ${whole.length} bytes`);
    const color = String(headers["x-app-color"] ?? "none");
    totals.completed += 1;
    totals.byColor[color] = (totals.byColor[color] ?? 0) + 1;
  }

  async function keepStreaming(): Promise<void> {
    while (!stopping) {
      try {
        await once();
      } catch (error) {
        totals.failures.push({ at: Date.now(), reason: (error as Error).message });
        await delay(100);
      }
    }
  }

  const streams = Promise.all(Array.from({ length: concurrent }, keepStreaming));
  return {
    totals: () => structuredClone(totals),
    stop: async () => {
      stopping = true;
      await streams;
      await pool.close();
      return totals;
    },
  };
}
