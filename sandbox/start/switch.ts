import { other, type Color } from "../../infra/domain/traffic.ts";
import { waitUntilMoved, type LoadHandle } from "../load/index.ts";
import type { PulumiSession } from "./session.ts";

/** One switch that was measured. */
export interface SwitchResult {
  from: Color;
  to: Color;
  /** When `pulumi up` was started, in milliseconds since 1970. */
  startedAt: number;
  /** From the start of `pulumi up` to the last answer of the old colour, in milliseconds. */
  switchMs: number;
  /** How long `pulumi up` took, in milliseconds. */
  upMs: number;
}

/** `pulumi config set activeColor <to> && pulumi up`, under load; returns when all traffic has moved. */
export async function switchTraffic(options: {
  session: PulumiSession;
  load: LoadHandle;
  to: Color;
  signal: AbortSignal;
  /** See `waitUntilMoved`. */
  quietMs?: number;
  /** See `PulumiSession.up`. */
  policies?: boolean;
}): Promise<SwitchResult> {
  const { session, load, to, signal, quietMs, policies = true } = options;
  const from = other(to);
  await session.setConfig("activeColor", to, signal);
  const startedAt = Date.now();
  const upMs = await session.up({ signal, policies });
  const last = await waitUntilMoved(load, {
    from,
    to,
    signal,
    ...(quietMs === undefined ? {} : { quietMs }),
  });
  return { from, to, startedAt, upMs, switchMs: Math.max(0, last - startedAt) };
}
