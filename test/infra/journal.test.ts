// Several writers of one journal.
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { ApiClient } from "../../infra/cluster/client.ts";
import { JournalConflict, JournalFile } from "../../infra/cluster/journal.ts";
import type { Line } from "../../infra/domain/journal.ts";
import { ObjectServer } from "../support/object-server.ts";

interface Record {
  id: string;
  phase: string;
}

let server: ObjectServer;
beforeAll(async () => {
  server = await ObjectServer.start();
});
beforeEach(() => {
  server.objects.clear();
  server.beforeWrite = undefined;
});
afterAll(() => server.stop());

const open = () =>
  new JournalFile<Record, Line>(new ApiClient({ kubeconfig: server.kubeconfig }), {
    namespace: "ns",
    name: "app",
  });
const line = (kind: string) => ({ at: 1, kind });

test("is empty before its first line, and counts up from 1", async () => {
  const journal = open();
  expect(await journal.read()).toEqual({ current: undefined, entries: [] });
  await journal.write({ id: "r1", phase: "preparing" }, [line("a"), line("b")]);
  await journal.write(undefined, [line("c")]);
  expect(await open().read()).toEqual({
    current: { id: "r1", phase: "preparing" },
    entries: [1, 2, 3].map((seq, n) => ({ seq, at: 1, kind: "abc"[n] })),
  });
  expect([...server.objects.keys()]).toEqual(["/api/v1/namespaces/ns/configmaps/app-releases"]);
});

test("lines of writers at the same moment are all there", async () => {
  const writers = Array.from({ length: 5 }, open);
  await Promise.all(writers.map((journal, n) => journal.write(undefined, [line(String(n))])));
  const { entries } = await open().read();
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(entries.map(({ kind }) => kind).sort()).toEqual(["0", "1", "2", "3", "4"]);
});

test("a record that somebody else changed is not written over", async () => {
  const [driver, person] = [open(), open()];
  await driver.write({ id: "r1", phase: "ramping" }, []);
  await person.read();
  await person.write({ id: "r1", phase: "rollingBack" }, [line("intent")]);
  await expect(driver.write({ id: "r1", phase: "promoted" }, [line("done")])).rejects.toThrow(
    JournalConflict,
  );
  const { current, entries } = await driver.read();
  expect(current?.phase).toBe("rollingBack");
  expect(entries.map(({ kind }) => kind)).toEqual(["intent"]);
  // Now it has read it.
  await driver.write({ id: "r1", phase: "rolledBack" }, []);
});

test("a record goes through where somebody else only added lines", async () => {
  const [driver, hook] = [open(), open()];
  await driver.write({ id: "r1", phase: "ramping" }, []);
  let others = 1;
  server.beforeWrite = () => {
    if (others-- <= 0) return;
    const [[path, map] = ["", undefined]] = server.objects;
    if (map) server.put(path, map);
  };
  await hook.write(undefined, [line("switched")]);
  await driver.write({ id: "r1", phase: "promoted" }, [line("done")]);
  expect(await open().read()).toMatchObject({
    current: { phase: "promoted" },
    entries: [{ kind: "switched" }, { kind: "done" }],
  });
});

test("lines can be made of what is there when they are written", async () => {
  const journal = open();
  const once = (lines: readonly Line[]) => (lines.length === 0 ? [line("first")] : []);
  await journal.write(undefined, once);
  await journal.write(undefined, once);
  expect((await journal.read()).entries).toHaveLength(1);
});
