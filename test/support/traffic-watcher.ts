import { ApiClient } from "../../infra/cluster/client.ts";
import { KubernetesCluster, type Location } from "../../infra/cluster/liveCluster.ts";
import { colors } from "../../infra/domain/traffic.ts";

/** Every state of a route, with the pods behind it: what users would have met. */
export class TrafficWatcher {
  readonly #cluster: KubernetesCluster;
  readonly #minReady: number;
  /** One line for each moment at which a colour had traffic and too few ready pods. */
  readonly violations: string[] = [];
  /** Weights in the order in which they were seen, without repeats. */
  readonly seen: string[] = [];
  looks = 0;
  #stopped = false;
  readonly #watching: Promise<void>;

  constructor(kubeconfig: string, location: Location, minReady: number) {
    this.#cluster = new KubernetesCluster(new ApiClient({ kubeconfig }), location);
    this.#minReady = minReady;
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      const snapshot = await this.#cluster.snapshot().catch(() => undefined);
      const weights = snapshot?.route?.weights;
      if (snapshot && weights) {
        this.looks++;
        const text = `blue ${weights.blue} green ${weights.green}`;
        if (this.seen.at(-1) !== text) this.seen.push(text);
        for (const color of colors) {
          const { ready } = snapshot.colors[color];
          if (weights[color] > 0 && ready < this.#minReady)
            this.violations.push(`${color} has ${weights[color]} % and ${ready} ready pods`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }
}
