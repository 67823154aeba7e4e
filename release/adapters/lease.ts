import { setTimeout as delay } from "node:timers/promises";
import { ApiError, type ApiClient } from "../../infra/cluster/client.ts";
import type { Location } from "../../infra/cluster/liveCluster.ts";
import { exitCodes, ReleaseError } from "../errors.ts";
import { isAlive, thisProcess, whoami, type ProcessName } from "./identity.ts";

interface LeaseObject {
  metadata: { resourceVersion?: string; annotations?: Record<string, string> };
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number;
    renewTime?: string | null;
    acquireTime?: string | null;
  };
}

/** Another driver works on this environment. */
export class Busy extends ReleaseError {
  constructor(holder: string) {
    super(
      `${holder} is at work on this environment; release status --watch shows what it does.`,
      exitCodes.busy,
    );
  }
}

const annotation = "pulse-infra.io/process";
const durationSeconds = 30;
const renewMs = 8_000;

/**
 * One driver at a time: the Lease `<app>-release`, renewed while this process lives. It counts for nothing once it is
 * older than its duration, or once its process of this same machine is dead: a killed driver's successor need not wait.
 */
export class DriverLease {
  readonly #client: ApiClient;
  readonly #path: string;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;
  #held: LeaseObject | undefined;

  constructor(client: ApiClient, { namespace, name }: Location) {
    this.#client = client;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    this.#name = `${name}-release`;
  }

  /** Who holds it now: `user@host (process 123)`; undefined when nobody does. */
  async holder(): Promise<string | undefined> {
    const found = await this.#get();
    return found && this.#living(found);
  }

  /**
   * Takes it, waiting up to `waitMs` for another to give it up.
   * @throws Busy with who holds it.
   */
  async take(waitMs = 0): Promise<void> {
    const end = Date.now() + waitMs;
    for (;;) {
      const found = await this.#get();
      const holder = found && this.#living(found);
      if (holder === undefined) {
        if (await this.#write(found)) {
          this.#keep();
          return;
        }
      } else if (Date.now() >= end) {
        throw new Busy(holder);
      }
      await delay(200);
    }
  }

  /** Gives it up; nothing happens where it is not held. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    const metadata = { ...held.metadata, annotations: {} };
    try {
      await this.#client.put(`${this.#path}/${this.#name}`, {
        ...held,
        metadata,
        spec: { ...held.spec, holderIdentity: null, renewTime: null, acquireTime: null },
      });
    } catch {
      // Somebody has taken it over, or nobody answers: it runs out by itself.
    }
  }

  #keep(): void {
    this.#timer = setInterval(() => void this.#renew(), renewMs);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    const held = this.#held;
    if (!held) return;
    try {
      await this.#write(held);
    } catch {
      // The API server is away: the journal's own check keeps two drivers from writing over each other.
    }
  }

  /** False when somebody else wrote in between. */
  async #write(found: LeaseObject | undefined): Promise<boolean> {
    const me = thisProcess();
    const now = new Date().toISOString().replace("Z", "000Z");
    const body = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        name: this.#name,
        ...(found && { resourceVersion: found.metadata.resourceVersion }),
        annotations: { [annotation]: JSON.stringify(me) },
      },
      spec: {
        holderIdentity: `${whoami(process.env)} (process ${me.pid} on ${me.host})`,
        leaseDurationSeconds: durationSeconds,
        acquireTime: this.#held === undefined ? now : (this.#held.spec?.acquireTime ?? now),
        renewTime: now,
      },
    };
    try {
      const written = found
        ? await this.#client.put(`${this.#path}/${this.#name}`, body)
        : await this.#client.post(this.#path, body);
      this.#held = written as LeaseObject;
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) return false;
      throw error;
    }
  }

  #living({ metadata, spec }: LeaseObject): string | undefined {
    const holder = spec?.holderIdentity;
    if (!holder || !spec.renewTime) return undefined;
    const age = Date.now() - Date.parse(spec.renewTime);
    if (age > (spec.leaseDurationSeconds ?? durationSeconds) * 1000) return undefined;
    const text = metadata.annotations?.[annotation];
    const owner = text === undefined ? undefined : (JSON.parse(text) as ProcessName);
    return owner && isAlive(owner) === false ? undefined : holder;
  }

  async #get(): Promise<LeaseObject | undefined> {
    return (await this.#client.get(`${this.#path}/${this.#name}`)) as LeaseObject | undefined;
  }
}
