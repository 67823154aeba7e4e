import { afterEach } from "@jest/globals";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import {
  startLoad,
  startStreams,
  startWebSockets,
  tlsOf,
  type Target,
  type Totals,
} from "../../sandbox/load/index.ts";
import { EnvironmentStack } from "./environment-stack.ts";
import { eventually } from "./cluster-api.ts";
import { testCluster } from "./test-cluster.ts";

/** How clients reach an environment through the gateway: by TLS, and only with its own certificate. */
function targetOf(stack: EnvironmentStack): Required<Target> {
  const { authority, gatewayUrl } = testCluster();
  if (gatewayUrl === undefined) throw new Error("The test cluster has no gateway.");
  const hostHeader = `${stack.namespace}.pulse.localhost`;
  return { url: `${gatewayUrl}/`, hostHeader, ca: readFileSync(authority, "utf8") };
}

/** An environment with real pods behind the real gateway, answering requests. */
export async function liveEnvironment(
  name: string,
  edit?: (config: Record<string, unknown>) => void,
): Promise<EnvironmentStack> {
  const stack = await EnvironmentStack.create(name, testCluster().kubeconfig, edit);
  await stack.mustUp();
  await eventually(`${name} answers through the gateway`, 60, async () => {
    const answer = await ask(stack).catch(() => undefined);
    return answer?.ok === true;
  });
  return stack;
}

/** One request through the gateway. */
export async function ask(
  stack: EnvironmentStack,
  path = "/",
  options: { method?: "GET" | "POST"; headers?: Record<string, string>; body?: string | Readable } = {},
): Promise<Answer> {
  const { Agent, request } = await import("undici");
  const target = targetOf(stack);
  const dispatcher = new Agent({ connect: tlsOf(target), pipelining: 0 });
  try {
    const { statusCode, headers, body } = await request(new URL(path, target.url), {
      ...options,
      headers: { ...options.headers, host: target.hostHeader },
      dispatcher,
    });
    await body.dump();
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    const answer = Object.fromEntries(texts) as Record<string, string>;
    return {
      ok: statusCode === 200,
      status: statusCode,
      headers: answer,
      color: answer["x-app-color"] ?? "",
      version: answer["x-app-version"] ?? "",
    };
  } finally {
    await dispatcher.close();
  }
}

interface Answer {
  ok: boolean;
  status: number;
  headers: Record<string, string>;
  color: string;
  version: string;
}

/** Everything that clients hold open or send during a switch, and what went wrong for them. */
export interface Traffic {
  stop(): Promise<{ requests: Totals; problems: string[] }>;
  lastAnswerOf(color: string): number | undefined;
  totals(): Totals;
}

/** Traffic under way. A test that fails before it stops its own must not keep the whole run from ending. */
const underWay = new Set<Traffic>();
afterEach(async () => {
  await Promise.all([...underWay].map((traffic) => traffic.stop()));
});

/** Keep-alive requests at a constant rate, streaming answers and WebSockets, all through the gateway. */
export function startTraffic(stack: EnvironmentStack, requestsPerSecond = 300): Traffic {
  const target = targetOf(stack);
  const load = startLoad({ ...target, requestsPerSecond });
  const streams = startStreams(target);
  const sockets = startWebSockets(target);
  const traffic: Traffic = {
    lastAnswerOf: (color) => load.lastAnswerOf(color),
    totals: () => load.totals(),
    stop: async () => {
      underWay.delete(traffic);
      const [requests, streamed, echoed] = await Promise.all([load.stop(), streams.stop(), sockets.stop()]);
      const problems = [
        ...load.failures().map(({ reason }) => `request: ${reason}`),
        ...streamed.failures.map(({ reason }) => `stream: ${reason}`),
        ...echoed.failures.map(({ reason }) => `WebSocket: ${reason}`),
      ];
      if (streamed.completed === 0) problems.push("no stream was completed");
      if (echoed.echoes === 0) problems.push("no WebSocket was answered");
      return { requests, problems };
    },
  };
  underWay.add(traffic);
  return traffic;
}
