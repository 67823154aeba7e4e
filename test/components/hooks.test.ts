// The guards as the engine calls them: in updates they refuse, in previews they warn.
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import { guardHooks, type GuardHooks } from "../../components/kubernetes/hooks.ts";
import { FakeClock, FakeCluster } from "../support/fake-cluster.ts";
import { FakeJournal } from "../support/fake-journal.ts";
import { runWithMocks } from "../support/mocks.ts";

let warnings: string[];
let cluster: FakeCluster;
let journal: FakeJournal;
beforeEach(() => {
  warnings = [];
  journal = new FakeJournal();
  cluster = new FakeCluster().serve({ blue: 100, green: 0 });
  jest.spyOn(pulumi.log, "warn").mockImplementation((line) => Promise.resolve(void warnings.push(line)));
  jest.spyOn(pulumi.log, "info").mockResolvedValue(undefined);
});

class Owner extends pulumi.ComponentResource {
  readonly hooks: GuardHooks;
  constructor(change: {
    allowLiveChange?: boolean;
    retired?: "blue" | "green";
    env?: Record<string, string>;
  }) {
    super("pulse:test:Owner", "owner");
    this.hooks = guardHooks({
      component: "owner",
      name: "app",
      cluster,
      journal,
      config: {
        activeColor: "green",
        canaryWeight: 0,
        images: { blue: "app:1", green: "app:2" },
        idleSize: "warm",
      },
      stack: "production",
      env: change.env ?? {},
      weights: { blue: 0, green: 100 },
      minReady: 2,
      readyTimeoutSeconds: 60,
      routeTimeoutSeconds: 60,
      allowLiveChange: change.allowLiveChange ?? false,
      retired: change.retired,
      resource: this,
      clock: new FakeClock(),
    });
  }
}

/** Makes the hooks, then calls one as the engine would, in an update or a preview. */
async function call(
  pick: (hooks: GuardHooks) => pulumi.ResourceHook,
  {
    preview = false,
    inputs = {},
    ...change
  }: { preview?: boolean; inputs?: Partial<pulumi.ResourceHookArgs> } & ConstructorParameters<
    typeof Owner
  >[0] = {},
): Promise<void> {
  let hooks: GuardHooks | undefined;
  await runWithMocks(() => void (hooks = new Owner(change).hooks));
  if (!hooks) throw new Error("no hooks");
  jest.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(preview);
  await pick(hooks).callback({ urn: "", id: "", name: "", type: "", ...inputs });
}

const template = (image: unknown) => ({ spec: { template: { spec: { containers: [{ image }] } } } });
const changed = { oldInputs: template("app:1"), newInputs: template("app:2") };
const secretMark = { [pulumi.runtime.specialSigKey]: "1b47061264138c4ac30d75fd1eb44270" };

describe("the pod template of a serving colour", () => {
  const blue = (hooks: GuardHooks) => hooks.template.blue;

  test("is refused in an update", async () => {
    await expect(call(blue, { inputs: changed })).rejects.toThrow("blue carries 100 % of the traffic");
  });

  test("is warned about in a preview", async () => {
    await call(blue, { inputs: changed, preview: true });
    expect(warnings).toEqual([expect.stringMatching(/^The update would be refused: blue carries 100 %/)]);
  });

  test("may change when that is allowed", async () => {
    await expect(call(blue, { inputs: changed, allowLiveChange: true })).resolves.toBeUndefined();
  });

  test("is compared through secrets, at the top and inside", async () => {
    const inside = template({ ...secretMark, value: "app:1" });
    const atTop = { spec: pulumi.secret(template("app:1").spec) };
    await expect(call(blue, { inputs: { oldInputs: inside, newInputs: atTop } })).resolves.toBeUndefined();
    const other = template({ ...secretMark, value: "app:2" });
    await expect(call(blue, { inputs: { oldInputs: inside, newInputs: other } })).rejects.toThrow(
      "(spec.containers[0].image)",
    );
  });
});

describe("the route", () => {
  test("is refused in an update while green is short of pods", async () => {
    cluster.pods("green", 0, 3);
    await expect(call(({ ready }) => ready)).rejects.toThrow("green may not take 100 % of the traffic");
  });

  test("is warned about in a preview", async () => {
    cluster.pods("green", 0, 3);
    await call(({ ready }) => ready, { preview: true });
    expect(warnings).toEqual([
      expect.stringMatching(/^green has 0 of 3 wanted ready pods; the update will wait/),
    ]);
  });

  test("a cluster that cannot be asked does not fail a preview", async () => {
    cluster.snapshot = () => Promise.reject(new Error("The API server does not answer"));
    await call(({ ready }) => ready, { preview: true });
    expect(warnings).toEqual(["The update would be refused: The API server does not answer"]);
    await expect(call(({ ready }) => ready)).rejects.toThrow("The API server does not answer");
  });

  test("has to be accepted after an update", async () => {
    await expect(call(({ accepted }) => accepted)).rejects.toThrow("HTTPRoute app was changed, but");
  });
});

test("the serving colour is not retired", async () => {
  await expect(call(({ retire }) => retire.blue, { retired: "blue" })).rejects.toThrow("may not be retired");
  await expect(call(({ retire }) => retire.blue, { retired: "green" })).resolves.toBeUndefined();
});

describe("traffic that is about to move", () => {
  const ready = (hooks: GuardHooks) => hooks.ready;
  const blueSince = {
    seq: 1,
    at: Date.UTC(2026, 10, 21, 10),
    kind: "switched" as const,
    action: "activeColor blue",
    by: "ops@host",
    weights: { blue: 100, green: 0 },
    config: {
      activeColor: "blue" as const,
      canaryWeight: 0,
      images: { blue: "app:1", green: "app:2" },
      idleSize: "warm" as const,
    },
  };

  test("is a person's to move", async () => {
    await expect(call(ready)).resolves.toBeUndefined();
  });

  test("is the driver's alone in CI, and the refusal names its commands", async () => {
    await expect(call(ready, { env: { CI: "true" } })).rejects.toThrow(
      "In CI only the release driver moves traffic, and this update would (green from 0 % to 100 %). " +
        "Take over what is so: npm run release -- sync -s production; or move it: npm run release -- start VERSION -s production, or rollback.",
    );
    await expect(call(ready, { env: { CI: "true", PULSE_RELEASE: "1" } })).resolves.toBeUndefined();
  });

  test("does not move in CI when it is where the config wants it", async () => {
    cluster.serve({ blue: 0, green: 100 });
    await expect(call(ready, { env: { CI: "true" } })).resolves.toBeUndefined();
  });

  test("may not go to a version that is being rolled back", async () => {
    journal.current = { id: "r1", phase: "rollingBack", candidate: "green" };
    await expect(call(ready)).rejects.toThrow("Release r1 is being rolled back, so green may not get more");
    journal.current = { ...journal.current, candidate: "blue" };
    await expect(call(ready)).resolves.toBeUndefined();
  });

  test("moves without a journal, too", async () => {
    journal.broken = true;
    await expect(call(ready)).resolves.toBeUndefined();
  });

  test("is previewed with what the journal knows better", async () => {
    journal.entries = [blueSince];
    await call(ready, { preview: true });
    expect(warnings).toEqual([
      "The newest update (2026-11-21T10:00:00.000Z, ops@host) left something else; this config changes activeColor green. " +
        "Where that is not meant: npm run release -- sync -s production",
    ]);
  });
});
