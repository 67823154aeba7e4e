import { JournalFile } from "../../infra/cluster/journal.ts";
import type { JournalEntry, ReleaseRecord } from "../domain/record.ts";
import type { Journal, NewEntry } from "../ports.ts";

/** The journal in the cluster, as the driver reads and writes it. */
export class ClusterJournal implements Journal {
  readonly #file: JournalFile<ReleaseRecord, JournalEntry>;

  constructor(...where: ConstructorParameters<typeof JournalFile>) {
    this.#file = new JournalFile(...where);
  }

  async current(): Promise<ReleaseRecord | undefined> {
    return (await this.#file.read()).current;
  }

  async entries(): Promise<readonly JournalEntry[]> {
    return (await this.#file.read()).entries;
  }

  /** Both at once, from one read. */
  content(): Promise<{ current: ReleaseRecord | undefined; entries: readonly JournalEntry[] }> {
    return this.#file.read();
  }

  write(record: ReleaseRecord | undefined, ...entries: readonly NewEntry[]): Promise<void> {
    return this.#file.write(record, entries);
  }
}
