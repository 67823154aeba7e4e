import { thinned, type Line } from "../domain/journal.ts";
import { ApiError, type ApiClient } from "./client.ts";
import type { Location } from "./liveCluster.ts";

/** The record under way was changed by somebody else since it was read: read it again, then decide again. */
export class JournalConflict extends Error {}

interface ConfigMap {
  metadata: { resourceVersion?: string };
  data?: { current?: string; entries?: string };
}

/** What a journal holds at one moment. */
export interface JournalContent<R, L extends Line> {
  /** The release under way or last. */
  current: R | undefined;
  /** Newest last. */
  entries: L[];
}

const attempts = 10;

/**
 * The journal of an environment: the ConfigMap `<app>-releases` beside the app, one line of JSON an entry, and the
 * release under way or last. Every write is of the whole of it, and refused by the API server when somebody else wrote
 * in between: then it is read anew and written again, unless that somebody changed the record that is to be replaced.
 */
export class JournalFile<R, L extends Line> {
  readonly #client: ApiClient;
  readonly #location: Location;
  /** The record as it was last read or written here. */
  #seen: string | undefined;
  /** What the last request left; saves the next write its read. */
  #known: ConfigMap | undefined;

  constructor(client: ApiClient, location: Location) {
    this.#client = client;
    this.#location = location;
  }

  async read(): Promise<JournalContent<R, L>> {
    const map = await this.#get();
    this.#seen = map?.data?.current;
    return {
      current: this.#seen === undefined ? undefined : (JSON.parse(this.#seen) as R),
      entries: lines(map).map((text) => JSON.parse(text) as L),
    };
  }

  /**
   * Appends lines and numbers them, and replaces the record unless that is undefined. `entries` may be made of what is
   * there by then.
   * @throws JournalConflict where the record is to be replaced and is not the one that was read.
   */
  async write(
    record: R | undefined,
    entries: readonly Omit<L, "seq">[] | ((before: readonly L[]) => readonly Omit<L, "seq">[]),
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const map = this.#known ?? (await this.#get());
      const current = map?.data?.current;
      if (record !== undefined && current !== this.#seen)
        throw new JournalConflict("Somebody else changed the release meanwhile");
      const before = lines(map);
      const added =
        typeof entries === "function" ? entries(before.map((text) => JSON.parse(text) as L)) : entries;
      if (record === undefined && added.length === 0) return;
      const last = before.at(-1);
      const seq = last === undefined ? 0 : (JSON.parse(last) as L).seq;
      const next = record === undefined ? current : JSON.stringify(record);
      const text = thinned([
        ...before,
        ...added.map((entry, n) => JSON.stringify({ seq: seq + n + 1, ...entry })),
      ]);
      try {
        this.#known = await this.#put(map, {
          ...(next !== undefined && { current: next }),
          entries: text.join("\n"),
        });
        if (record !== undefined) this.#seen = next;
        return;
      } catch (error) {
        this.#known = undefined;
        // Somebody wrote since; or the write was taken and its answer lost, which the next read shows.
        if (!(error instanceof ApiError) || error.status !== 409 || attempt === attempts) throw error;
      }
    }
  }

  async #put(map: ConfigMap | undefined, data: NonNullable<ConfigMap["data"]>): Promise<ConfigMap> {
    const { namespace, name } = this.#location;
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: `${name}-releases`,
        namespace,
        labels: {
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/managed-by": "pulse-infra",
          ...journalLabel,
        },
        ...(map && { resourceVersion: map.metadata.resourceVersion }),
      },
      data,
    };
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    const written = map
      ? await this.#client.put(`${collection}/${name}-releases`, body)
      : await this.#client.post(collection, body);
    return written as ConfigMap;
  }

  async #get(): Promise<ConfigMap | undefined> {
    const { namespace, name } = this.#location;
    const found = await this.#client.get(`/api/v1/namespaces/${namespace}/configmaps/${name}-releases`);
    this.#known = found as ConfigMap | undefined;
    return this.#known;
  }
}

/** By which the journals of a cluster are found. */
export const journalLabel = { "pulse-infra.io/journal": "releases" };

const lines = (map: ConfigMap | undefined): string[] =>
  (map?.data?.entries ?? "").split("\n").filter((text) => text !== "");
