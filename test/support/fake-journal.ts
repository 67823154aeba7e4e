import type { SwitchJournal } from "../../components/kubernetes/journalHooks.ts";
import type { Switched, UnderWay } from "../../infra/domain/journal.ts";

/** A journal in memory; with `broken` it is one whose API server is away. */
export class FakeJournal implements SwitchJournal {
  current: UnderWay | undefined;
  entries: Switched[] = [];
  broken = false;

  read(): ReturnType<SwitchJournal["read"]> {
    if (this.broken) return Promise.reject(new Error("the API server does not answer"));
    return Promise.resolve({ current: this.current, entries: this.entries });
  }

  async write(...[, entries]: Parameters<SwitchJournal["write"]>): Promise<void> {
    await this.read();
    const added = typeof entries === "function" ? entries(this.entries) : entries;
    this.entries.push(...added.map((entry, n) => ({ seq: this.entries.length + n + 1, ...entry })));
  }
}
