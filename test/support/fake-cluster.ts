import type { Clock } from "../../components/kubernetes/guards.ts";
import type { LiveCluster, LiveRoute, Snapshot } from "../../infra/cluster/liveCluster.ts";
import type { Color, Weights } from "../../infra/domain/traffic.ts";

/** A clock whose sleeps take no time. */
export class FakeClock implements Clock {
  #ms = 0;
  readonly #atSeconds: [number, () => void][] = [];

  now(): number {
    return this.#ms;
  }

  /** Does something once that many seconds have passed. */
  at(seconds: number, action: () => void): void {
    this.#atSeconds.push([seconds, action]);
  }

  sleep(ms: number): Promise<void> {
    this.#ms += ms;
    while (this.#atSeconds[0] && this.#atSeconds[0][0] * 1000 <= this.#ms) this.#atSeconds.shift()?.[1]();
    return Promise.resolve();
  }
}

/** A cluster that is whatever a test says. Both colours start with three ready pods and no route. */
export class FakeCluster implements LiveCluster {
  state: Snapshot = {
    route: undefined,
    colors: { blue: colour(3), green: colour(3) },
  };
  podProblems: Record<Color, string[]> = { blue: [], green: [] };

  route(): Promise<LiveRoute | undefined> {
    return Promise.resolve(this.state.route);
  }

  snapshot(): Promise<Snapshot> {
    return Promise.resolve(structuredClone(this.state));
  }

  problems(color: Color): Promise<string[]> {
    return Promise.resolve(this.podProblems[color]);
  }

  serve(weights: Weights): this {
    this.state.route = { generation: 1, weights, parents: [] };
    return this;
  }

  /** Gives a colour that many ready pods of those that it should have. */
  pods(color: Color, ready: number, desired = ready): this {
    this.state.colors[color] = colour(desired);
    this.state.colors[color].ready = ready;
    return this;
  }
}

function colour(pods: number): Snapshot["colors"]["blue"] {
  return { deployment: { desired: pods, total: pods, updated: pods, observed: true }, ready: pods };
}
