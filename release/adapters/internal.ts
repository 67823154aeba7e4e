import type { WatchedConfig } from "../../infra/config/schema.ts";
import type { Color } from "../../infra/domain/traffic.ts";
import { ask, join, type Answer } from "./http.ts";
import type { Access } from "./access.ts";

interface Gateway {
  status?: { addresses?: { value?: string }[] };
}

/** Asks one colour alone, at the Gateway's internal listener; where that is is looked up once. */
export class ColorDoor {
  readonly #config: WatchedConfig;
  readonly #access: Access;
  #address: string | undefined;

  constructor(config: WatchedConfig, access: Access) {
    this.#config = config;
    this.#access = access;
    this.#address = config.release.internalUrl;
  }

  /** @throws Error with a sentence where the listener is not known, NoAnswer where nothing answered. */
  async ask(color: Color, path: string, timeoutMs: number): Promise<Answer> {
    this.#address ??= await this.#lookUp(timeoutMs);
    const headers = { host: `${color}.${this.#config.hostname}` };
    return ask({ url: join(this.#address, path), headers, timeoutMs });
  }

  async #lookUp(timeoutMs: number): Promise<string> {
    const { gateway, namespace } = this.#config.cluster;
    const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${gateway.namespace ?? namespace}/gateways/${gateway.name}`;
    const { status } = JSON.parse(await this.#access.kube(path, AbortSignal.timeout(timeoutMs))) as Gateway;
    const address = status?.addresses?.[0]?.value;
    if (address === undefined) {
      throw new Error(
        `The Gateway ${gateway.name} has no address yet; give its internal listener's in release.internalUrl.`,
      );
    }
    const host = address.includes(":") ? `[${address}]` : address;
    return `http://${host}:${gateway.internalPort}`;
  }
}
