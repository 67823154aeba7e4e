// In which order the driver does things, and what it does when one of them fails.
import { beforeEach, describe, expect, test } from "@jest/globals";
import { ApiUnreachable } from "../../infra/cluster/client.ts";
import { JournalConflict } from "../../infra/cluster/journal.ts";
import { configWeights } from "../../infra/domain/journal.ts";
import type { TrafficConfig, Weights } from "../../infra/domain/traffic.ts";
import { NotReady } from "../../release/adapters/cluster.ts";
import { StackUnavailable, UpdateFailed } from "../../release/adapters/stack.ts";
import { rollingBack } from "../../release/domain/machine.ts";
import { plannedRelease } from "../../release/domain/plan.ts";
import type { JournalEntry, ReleaseRecord } from "../../release/domain/record.ts";
import type { Verdict } from "../../release/domain/signals.ts";
import type { Doors } from "../../release/doors.ts";
import { Driver, toPromotion } from "../../release/driver.ts";
import { exitCodes } from "../../release/errors.ts";

const before: TrafficConfig = {
  activeColor: "blue",
  canaryWeight: 0,
  images: { blue: "app:1.0.0", green: "app:0.9.0" },
  idleSize: "warm",
};

const planned = plannedRelease({
  now: 0,
  environment: "staging",
  stack: "staging",
  version: "1.1.0",
  image: "app:1.1.0",
  strategy: "own",
  steps: [
    { percent: 10, minSoakSeconds: 5, maxSoakSeconds: 20 },
    { percent: 100, minSoakSeconds: 5, maxSoakSeconds: 20 },
  ],
  gated: true,
  before,
  route: { namespace: "ns", name: "app", minReady: 2, readyTimeoutSeconds: 10 },
  watchSeconds: 0,
  keepWarmSeconds: 0,
  by: "ops@host",
});

/** Everything that a driver touches, in memory; `did` is what happened, in order. */
class World {
  record: ReleaseRecord = planned;
  entries: Omit<JournalEntry, "seq">[] = [];
  live: Weights = { blue: 100, green: 0 };
  config: TrafficConfig = before;
  now = 0;
  did: string[] = [];
  announced: string[] = [];
  answer: Verdict["answer"] = "promote";
  smokeMistake: string | undefined;
  shortages: string[] = [];
  /** What happens instead of an update. */
  up: ((signal?: AbortSignal) => Promise<void>) | undefined;
  away = 0;
  /** How often the journal cannot be read beside an update. */
  peekAway = 0;
  #seen: ReleaseRecord | undefined;

  doors(): Doors {
    return {
      clock: {
        now: () => this.now,
        sleep: (ms) => {
          this.now += ms;
          return new Promise((resolve) => setImmediate(resolve));
        },
      },
      journal: {
        current: () => {
          if (this.away-- > 0) return Promise.reject(new ApiUnreachable("The API server does not answer"));
          this.#seen = this.record;
          return Promise.resolve(this.record);
        },
        entries: () => Promise.resolve([]),
        write: (record, ...entries) => {
          if (record) {
            if (this.record !== this.#seen) return Promise.reject(new JournalConflict("changed"));
            this.record = this.#seen = record;
          }
          this.entries.push(...entries);
          for (const { kind, action } of entries) if (kind !== "sample") this.did.push(`${kind} ${action}`);
          return Promise.resolve();
        },
      },
      peek: () =>
        this.peekAway-- > 0
          ? Promise.reject(new ApiUnreachable("connection refused"))
          : Promise.resolve(this.record),
      traffic: {
        weights: () => Promise.resolve(this.live),
        shortages: () => Promise.resolve(this.shortages),
        move: (next) => {
          if (this.shortages.length > 0) return Promise.reject(new NotReady(this.shortages.join()));
          this.did.push(`move green ${next.green}`);
          this.live = next;
          return Promise.resolve();
        },
      },
      stack: {
        config: () => Promise.resolve(this.config),
        set: (config) => {
          this.config = { ...this.config, ...config };
          return Promise.resolve();
        },
        actFor: () => undefined,
        up: async (_progress, signal) => {
          this.did.push("up");
          if (this.up) return this.up(signal);
          this.live = configWeights(this.config);
        },
        mend: () => {
          this.did.push("mend");
          return Promise.resolve();
        },
      },
      smoke: {
        run: (_color, version) => {
          this.did.push(`smoke test of ${version}`);
          return Promise.resolve([
            { path: "/", ms: 1, ...(this.smokeMistake !== undefined && { mistake: this.smokeMistake }) },
          ]);
        },
      },
      look: () =>
        Promise.resolve({
          verdict: { answer: this.answer, reasons: [`because ${this.answer}`] },
          signals: {
            at: this.now,
            windowSeconds: 60,
            colors: { blue: { errorRatio: 0 }, green: {} },
            problems: [],
          },
        }),
      announce: (event) => void this.announced.push(event),
      by: "ops@host",
      tell: () => undefined,
      everySeconds: 1,
      undecidedSeconds: 1,
      recoveredBelow: 0.01,
    };
  }

  drive() {
    return new Driver(this.doors()).drive(toPromotion);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe("a release", () => {
  test("writes down what it is about to do before it does it, and what it has done after", async () => {
    const { record } = await world.drive();
    expect(record.phase).toBe("promoted");
    expect(world.live).toEqual({ blue: 0, green: 100 });
    expect(world.did).toEqual([
      "intent deploy green",
      "up",
      "done deploy green",
      "smoke test of 1.1.0",
      "done green is ready; 1 smoke tests passed",
      "intent weight 10",
      "up",
      "done weight 10",
      "verdict promote: because promote",
      "done step 2 of 2",
      "intent promote 1.1.0",
      "up",
      "done promote 1.1.0",
      "done promoted 1.1.0",
    ]);
    expect(world.announced).toEqual(["step", "step", "promoted"]);
    expect(world.entries.at(-1)).toMatchObject({
      config: { activeColor: "green" },
      record: { version: "1.1.0" },
    });
  });

  test("does what is due and no more, when it is asked to", async () => {
    const outcome = await new Driver(world.doors()).drive({ ...toPromotion, once: true });
    expect(outcome).toMatchObject({
      record: { phase: "ramping", step: 0 },
      waiting: { what: "10 %, step 1 of 2" },
    });
  });

  test("that a gate ends moves traffic first, then brings the stack in line, and tells when users are well", async () => {
    world.answer = "rollback";
    const { record } = await world.drive();
    expect(record).toMatchObject({ phase: "rolledBack", reason: "because rollback" });
    expect(world.did.slice(-7)).toEqual(
      [
        "verdict rollback: because rollback",
        "done rollback",
        "intent rollback",
        "move green 0",
        "done rollback",
        "intent confirm blue",
        "up",
        "done confirm blue",
      ].slice(-7),
    );
    expect(world.announced.slice(-3)).toEqual(["rollingBack", "rolledBack", "recovered"]);
    expect(world.config).toMatchObject({
      activeColor: "blue",
      canaryWeight: 0,
      images: { green: "app:1.1.0" },
    });
  });

  test("is looked at with every scrape while the gates cannot say, and less often once they can", async () => {
    const doors = world.doors();
    const looks: number[] = [];
    const look: Doors["look"] = (record) => {
      looks.push((world.now - (record.reached ?? NaN)) / 1000);
      world.answer = looks.length < 3 ? "hold" : "promote";
      return doors.look(record);
    };
    await new Driver({ ...doors, look, everySeconds: 3, undecidedSeconds: 1 }).drive(toPromotion);
    // Soaks for 5 s, at each step.
    expect(looks).toEqual([0, 1, 2, 5, 0, 3, 5]);
  });

  test("that fails its smoke test gets no traffic", async () => {
    world.smokeMistake = "/ answered 500.";
    const { record } = await world.drive();
    expect(record).toMatchObject({ phase: "rolledBack", reason: "smoke test failed: / answered 500." });
    expect(world.did.filter((line) => /weight|move/.test(line))).toEqual([]);
  });

  test("whose pods do not become ready is given up", async () => {
    world.shortages = ["green has 0 of 2 wanted ready pods"];
    const { record } = await world.drive();
    expect(record).toMatchObject({
      phase: "rolledBack",
      reason: "not ready: green has 0 of 2 wanted ready pods",
    });
  });
});

describe("an update", () => {
  test("that is refused ends the release", async () => {
    world.up = () => {
      if (world.config.canaryWeight === 10)
        return Promise.reject(new UpdateFailed("green may not take 10 %"));
      world.live = configWeights(world.config);
      return Promise.resolve();
    };
    expect((await world.drive()).record).toMatchObject({
      phase: "rolledBack",
      reason: "weight 10 failed: green may not take 10 %",
    });
  });

  test("that could not even start ends nothing: the release stands where it was", async () => {
    world.up = () => Promise.reject(new StackUnavailable("The stack is locked by process 1 on ci"));
    await expect(world.drive()).rejects.toMatchObject({
      message: expect.stringMatching(
        /locked by process 1.*stands where it was \(preparing\).*release resume --stack staging/s,
      ),
      code: exitCodes.refused,
    });
    expect(world.record.phase).toBe("preparing");
  });

  test("that cannot confirm a rollback leaves the traffic where it is safe, and says so", async () => {
    world.record = rollingBack({ ...planned, phase: "ramping", reached: 0 }, 0, "bad");
    world.live = { blue: 90, green: 10 };
    world.up = () => Promise.reject(new StackUnavailable("no backend"));
    await expect(world.drive()).rejects.toMatchObject({
      message: expect.stringMatching(
        /^All traffic is on blue again, but the stack is not in line yet\. no backend/,
      ),
      code: exitCodes.unreconciled,
    });
    expect(world.live).toEqual({ blue: 100, green: 0 });
    expect(world.record).toMatchObject({ phase: "rollingBack", moved: expect.anything() });
  });

  test("gives way to a rollback by somebody else, whose traffic it then asserts again", async () => {
    world.up = async (signal) => {
      if (world.config.canaryWeight !== 10) return void (world.live = configWeights(world.config));
      // Another process moves the traffic back, and this update moves it once more before it is stopped.
      world.record = { ...rollingBack(world.record, world.now, "by ops"), moved: world.now };
      await new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
      world.live = { blue: 90, green: 10 };
      throw new UpdateFailed("interrupted");
    };
    const { record } = await world.drive();
    expect(record).toMatchObject({ phase: "rolledBack", reason: "by ops" });
    expect(world.did).toContain("move green 0");
    expect(world.live).toEqual({ blue: 100, green: 0 });
  });

  test("that left a route of which the state knows nothing is followed by a look at what is so", async () => {
    let ups = 0;
    world.up = () => {
      ups++;
      // The third one finds its weights in the state already, and changes nothing.
      if (ups !== 2) world.live = configWeights(world.config);
      return Promise.resolve();
    };
    await world.drive();
    expect(world.did.slice(5, 9)).toEqual(["intent weight 10", "up", "mend", "up"]);
  });
});

describe("an update that fails", () => {
  const refused = () => new UpdateFailed("Deployment green failed: no progress for 30 s");
  /** Fails so often, after so many milliseconds each, and goes through from then on. */
  const failing = (times: number, ms: number) => {
    let left = times;
    world.up = () => {
      world.now += ms;
      if (left-- > 0) return Promise.reject(refused());
      world.live = configWeights(world.config);
      return Promise.resolve();
    };
  };

  test("while the API server is away is tried again, whatever its error says", async () => {
    failing(1, 90_000);
    world.peekAway = 1;
    expect((await world.drive()).record.phase).toBe("promoted");
    expect(world.did.slice(0, 4)).toEqual(["intent deploy green", "up", "intent deploy green", "up"]);
  });

  test("soon after the API server was away is tried again, but not for ever", async () => {
    world.away = 1;
    failing(1, 90_000);
    expect((await world.drive()).record.phase).toBe("promoted");

    world = new World();
    world.away = 1;
    failing(Infinity, 20_000);
    await expect(world.drive()).rejects.toThrow("All traffic is on blue again");
    expect(world.record.reason).toBe(`deploy green failed: ${refused().message}`);
    expect(world.did.filter((line) => line === "intent deploy green")).toHaveLength(7);
  });

  test("with the stack's lock held elsewhere is tried again, too, when the API server was away", async () => {
    let first = true;
    world.up = () => {
      if (first) {
        first = false;
        return Promise.reject(new StackUnavailable("Pulumi could not start"));
      }
      world.live = configWeights(world.config);
      return Promise.resolve();
    };
    world.peekAway = 1;
    expect((await world.drive()).record.phase).toBe("promoted");
  });
});

test("an API server that is away is waited for", async () => {
  world.away = 20;
  expect((await world.drive()).record.phase).toBe("promoted");
});

test("pods have their time from the return of the API server on", async () => {
  world.record = { ...planned, phase: "verifying" };
  world.shortages = ["green has 0 of 2 wanted ready pods"];
  world.away = 40;
  const { record } = await world.drive();
  expect(record.reason).toBe("not ready: green has 0 of 2 wanted ready pods");
  // 20 s away, and then the 10 s of the config.
  expect(record.since).toBeGreaterThanOrEqual(29_500);
});

test("an API server that stays away ends it with the reason", async () => {
  world.away = Infinity;
  await expect(world.drive()).rejects.toThrow("The API server does not answer");
  expect(world.now).toBeGreaterThan(600_000);
});
