// What updates of the stack leave in the journal.
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, expect, jest, test } from "@jest/globals";
import { journalHooks, type JournalHooks } from "../../components/kubernetes/journalHooks.ts";
import type { TrafficConfig } from "../../infra/domain/traffic.ts";
import { FakeJournal } from "../support/fake-journal.ts";
import { runWithMocks } from "../support/mocks.ts";

let journal: FakeJournal;
let warnings: string[];
beforeEach(() => {
  journal = new FakeJournal();
  warnings = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((line) => Promise.resolve(void warnings.push(line)));
});

const blue: TrafficConfig = {
  activeColor: "blue",
  canaryWeight: 0,
  images: { blue: "app:1", green: "app:2" },
  idleSize: "warm",
};

class Owner extends pulumi.ComponentResource {
  readonly hooks: JournalHooks;
  constructor(config: TrafficConfig, release?: string) {
    super("pulse:test:Owner", "owner");
    const by = "ops@host";
    this.hooks = journalHooks({
      component: "owner",
      journal,
      config,
      by,
      resource: this,
      ...(release && { release }),
    });
  }
}

async function after(
  config: TrafficConfig,
  pick: (hooks: JournalHooks) => pulumi.ResourceHook,
  release?: string,
) {
  let hooks: JournalHooks | undefined;
  await runWithMocks(() => void (hooks = new Owner(config, release).hooks));
  if (!hooks) throw new Error("no hooks");
  await pick(hooks).callback({ urn: "", id: "", name: "", type: "" });
}

const traffic = (hooks: JournalHooks) => hooks.traffic;

test("the first line has the whole config", async () => {
  await after(blue, traffic);
  expect(journal.entries).toMatchObject([
    {
      seq: 1,
      kind: "switched",
      action: "first update",
      by: "ops@host",
      config: blue,
      weights: { blue: 100, green: 0 },
    },
  ]);
});

test("a switch is a line, and the same again is none", async () => {
  await after(blue, traffic);
  await after({ ...blue, activeColor: "green" }, traffic, "r1");
  await after({ ...blue, activeColor: "green" }, traffic, "r1");
  expect(journal.entries).toHaveLength(2);
  expect(journal.entries[1]).toMatchObject({
    action: "activeColor green",
    release: "r1",
    weights: { blue: 0, green: 100 },
  });
});

test("an update that ends between pods and route leaves the pods alone in the journal", async () => {
  await after(blue, traffic);
  await after(
    { ...blue, activeColor: "green", images: { ...blue.images, green: "app:3" } },
    (hooks) => hooks.image.green,
  );
  expect(journal.entries[1]).toMatchObject({
    action: "images.green app:3",
    config: { activeColor: "blue", images: { blue: "app:1", green: "app:3" } },
  });
});

test("the idle colour's size is a line of its own", async () => {
  await after(blue, traffic);
  await after({ ...blue, idleSize: "standby" }, (hooks) => hooks.size.green);
  expect(journal.entries[1]).toMatchObject({ action: "idleSize standby", config: { idleSize: "standby" } });
});

test("a colour that is not declared any more is not carried on", async () => {
  await after(blue, traffic);
  await after({ ...blue, canaryWeight: 0, images: { blue: "app:9" } }, (hooks) => hooks.image.blue);
  expect(journal.entries[1]?.config.images).toEqual({ blue: "app:9" });
});

test("a journal that cannot be written is a warning, and the update goes on", async () => {
  journal.broken = true;
  await after(blue, traffic);
  expect(warnings).toEqual([
    "This update is not in the journal (the API server does not answer), so release sync will not know of it.",
  ]);
});
