import { afterEach } from "@jest/globals";
import { startLoad, startStreams, startWebSockets, type Totals } from "../../sandbox/load/index.ts";
import { EnvironmentStack } from "./environment-stack.ts";
import { eventually } from "./cluster-api.ts";
import { testCluster } from "./test-cluster.ts";

const gateway = (): string => {
  const { gatewayUrl } = testCluster();
  if (gatewayUrl === undefined) throw new Error("The test cluster has no gateway.");
  return gatewayUrl;
};

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
export function ask(stack: EnvironmentStack, path = "/"): Promise<Answer> {
  return request(`${gateway()}${path}`, hostOf(stack));
}

interface Answer {
  ok: boolean;
  color: string;
  version: string;
}

async function request(url: string, host: string): Promise<Answer> {
  const { request: send } = await import("undici");
  const { statusCode, headers, body } = await send(url, { headers: { host } });
  await body.dump();
  const text = (name: string): string => {
    const value = headers[name];
    return typeof value === "string" ? value : "";
  };
  return { ok: statusCode === 200, color: text("x-app-color"), version: text("x-app-version") };
}

const hostOf = (stack: EnvironmentStack): string => `${stack.namespace}.pulse.localhost`;

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
  const hostHeader = hostOf(stack);
  const load = startLoad({ url: `${gateway()}/`, hostHeader, requestsPerSecond });
  const streams = startStreams({ url: `${gateway()}/stream`, hostHeader });
  const sockets = startWebSockets({ url: gateway(), hostHeader });
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
