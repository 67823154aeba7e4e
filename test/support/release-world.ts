import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Color } from "../../infra/domain/traffic.ts";
import type { StatusView } from "../../release/view/status.ts";
import { EnvironmentStack, type Outcome } from "./environment-stack.ts";
import { beginRelease, type Running } from "./release-command.ts";

/** What Prometheus and the colours answer; nodes that are played have neither. */
export interface Figures {
  requests: number;
  errorRatio: number;
  p95Ms: number;
  /** Status of every path at the internal listener. */
  health: number;
}

export const good: Figures = { requests: 10_000, errorRatio: 0, p95Ms: 20, health: 200 };

/** An environment that can be released to: a real stack and cluster, with figures that a test makes up. */
export class ReleaseWorld {
  readonly stack: EnvironmentStack;
  readonly figures: Record<Color, Figures> = { blue: { ...good }, green: { ...good } };
  /** Prometheus answers. */
  prometheus = true;
  readonly #server: Server;

  private constructor(stack: EnvironmentStack, server: Server) {
    this.stack = stack;
    this.#server = server;
  }

  static async create(
    name: string,
    kubeconfig: string,
    release: Record<string, unknown> = {},
    edit: (config: Record<string, unknown>) => void = () => undefined,
  ): Promise<ReleaseWorld> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stack = await EnvironmentStack.create(name, kubeconfig, (config) => {
      config["pulse-infra:rollout"] = {
        ...(config["pulse-infra:rollout"] as object),
        routeTimeoutSeconds: 0,
        readyTimeoutSeconds: 30,
      };
      config["pulse-infra:release"] = {
        strategy: "own",
        steps: [
          { percent: 10, minSoakSeconds: 0, maxSoakSeconds: 20 },
          { percent: 100, minSoakSeconds: 0, maxSoakSeconds: 20 },
        ],
        watch: { blockingSeconds: 0 },
        approval: false,
        // Nodes that are played keep no logs.
        gates: { errorsPer100Logs: 100 },
        scrapeIntervalSeconds: 1,
        internalUrl: url,
        prometheus: {
          url,
          queries: { requests: "requests_$color", errorRatio: "errorRatio_$color", p95Ms: "p95Ms_$color" },
        },
        ...release,
      };
      edit(config);
    });
    const world = new ReleaseWorld(stack, server);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { status, text } = world.#answer(request, new URLSearchParams(body).get("query") ?? "");
        response.writeHead(status).end(text);
      });
    });
    return world;
  }

  /** Prometheus, and both colours at the internal listener. */
  #answer(request: IncomingMessage, query: string): { status: number; text: string } {
    if (!request.url?.startsWith("/api/v1/query"))
      return { status: this.figures[request.headers.host?.split(".")[0] as Color].health, text: "ok" };
    if (!this.prometheus) return { status: 503, text: "starting" };
    const [key = "", color = ""] = query.split("_");
    const value = this.figures[color as Color][key as keyof Figures];
    const result = [{ metric: {}, value: [Date.now() / 1000, String(value)] }];
    return {
      status: 200,
      text: JSON.stringify({ status: "success", data: { resultType: "vector", result } }),
    };
  }

  /** Begins a command of the release driver. */
  begin(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return beginRelease(this.stack, args, env);
  }

  run(...args: string[]): Promise<Outcome> {
    return this.begin(args).ended;
  }

  async status(): Promise<StatusView> {
    const { code, output } = await this.run("status", "--json");
    if (code !== 0) throw new Error(`release status failed:\n${output}`);
    return JSON.parse(output) as StatusView;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.stack.destroy();
  }
}
