// The driver and Pulumi killed at random points of whole releases: what is told afterwards is true, the next command
// finishes, and no traffic ever goes to pods that are not ready.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { isOver } from "../../release/domain/machine.ts";
import type { ReleaseRecord } from "../../release/domain/record.ts";
import { descendants, killNow, random } from "../support/kill.ts";
import type { Running } from "../support/release-command.ts";
import { ReleaseWorld } from "../support/release-world.ts";
import { testCluster } from "../support/test-cluster.ts";
import { TrafficWatcher } from "../support/traffic-watcher.ts";

/** PULSE_SEED repeats a run, as far as two machines are alike. */
const seed = Number(process.env.PULSE_SEED ?? Date.now() % 1_000_000);
const kills = Number(process.env.PULSE_KILLS ?? 50);
const minReady = 2;
/** About three updates of the stack: long enough to hit each part of a command. */
const longestMs = 6_000;

let world: ReleaseWorld;
let watcher: TrafficWatcher;
let atFirst: string[];

/** What the stack has made, by kind and name. */
async function names(): Promise<string[]> {
  const { api, namespace } = world.stack;
  const kinds = [
    ["apps/v1", "Deployment"],
    ["v1", "Service"],
    ["gateway.networking.k8s.io/v1", "HTTPRoute"],
    ["autoscaling/v2", "HorizontalPodAutoscaler"],
    ["policy/v1", "PodDisruptionBudget"],
  ] as const;
  const found = kinds.map(async ([apiVersion, kind]) =>
    (await api.names(apiVersion, kind, namespace)).map((name) => `${kind} ${name}`),
  );
  return (await Promise.all(found)).flat().sort();
}

beforeAll(async () => {
  const { kubeconfig } = testCluster();
  world = await ReleaseWorld.create("survival", kubeconfig, { scrapeIntervalSeconds: 1 });
  await world.stack.mustUp();
  atFirst = await names();
  watcher = new TrafficWatcher(
    kubeconfig,
    { namespace: world.stack.namespace, name: world.stack.app },
    minReady,
  );
}, 120_000);
afterAll(async () => {
  await watcher.stop();
  await world.close();
}, 120_000);

/** Ends the driver, or Pulumi below it, or both at once; says which. */
function strike({ child }: Running, chance: number): string {
  const pid = child.pid ?? 0;
  const pulumi = descendants(pid).filter(({ name }) => name === "pulumi");
  const who = chance < 0.5 ? "driver" : chance < 0.75 || pulumi.length === 0 ? "both" : "pulumi";
  if (who !== "pulumi") killNow(pid);
  if (who !== "driver") pulumi.forEach((process) => killNow(process.pid));
  return pulumi.length > 0 ? `${who}, in an update` : who;
}

/** What status says is what is so. */
async function expectTruth(): Promise<{ phase: string | undefined; over: boolean }> {
  const status = await world.status();
  const live = await world.stack.weights();
  expect(status.weights).toEqual(live);
  const record: ReleaseRecord | undefined = status.record;
  if (!record) return { phase: undefined, over: true };
  const over = isOver(record) || record.phase === "promoted";
  if (!over && status.busy === undefined) expect(status.problems?.join()).toMatch(/Nobody is at work/);
  if (record.phase === "promoted") expect(live[record.candidate]).toBe(100);
  if (record.phase === "rolledBack") expect(live[record.stable]).toBe(100);
  return { phase: record.phase, over };
}

test(`${kills} kills (PULSE_SEED=${seed})`, async () => {
  const chance = random(seed);
  const story: string[] = [];
  let killed = 0;
  let minor = 1;
  try {
    while (killed < kills) {
      const version = `2.${minor++}.0`;
      let command = ["start", version];
      // Each release is hit several times, as one that is resumed can be, too.
      for (let left = 2 + Math.floor(chance() * 5); left > 0 && killed < kills; left--) {
        const running = world.begin(command);
        const ended = Symbol("ended");
        // Now and then before there is a release at all.
        if (command[0] === "start" && chance() < 0.9) await running.said(" comes to ");
        const wait = delay(chance() * longestMs);
        const first = await Promise.race([wait, running.ended.then(() => ended)]);
        if (first === ended) {
          story.push(`${command.join(" ")}: ended by itself`);
        } else {
          killed++;
          story.push(`${command.join(" ")}: killed ${strike(running, chance())}`);
        }
        // Where Pulumi alone was killed, the driver lives and has its own say.
        const { code, output } = await running.ended;
        story.push(`  exit ${code}: ${output.trimEnd().split("\n").at(-1) ?? ""}`);
        const { phase, over } = await expectTruth();
        story.push(`  ${phase ?? "no release"}`);
        if (over && phase !== "promoted") break;
        command = chance() < 0.7 && phase !== "promoted" ? ["resume"] : ["rollback"];
      }
      const before = await expectTruth();
      if (!before.over) {
        const how = chance() < 0.6 ? "resume" : "rollback";
        const { code, output } = await world.run(how);
        story.push(`${how}: ${code}`);
        if (![0, 3].includes(code)) throw new Error(`release ${how} ended with ${code}:\n${output}`);
      }
      const after = await expectTruth();
      expect(after.over).toBe(true);
      story.push(`  ${after.phase ?? ""}`);
      expect(watcher.violations).toEqual([]);
    }
  } catch (error) {
    throw new Error(
      `PULSE_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}\n${story.join("\n")}`,
      { cause: error },
    );
  }
  if (process.env.PULSE_STORY !== undefined) process.stderr.write(`${story.join("\n")}\n`);
  process.stderr.write(
    `survival: seed ${seed}, ${killed} kills in ${minor - 1} releases, ${watcher.looks} looks at the traffic\n`,
  );
}, 900_000);

test("afterwards nothing is there twice, and nothing is left to do", async () => {
  expect(await names()).toEqual(atFirst);
  expect(await world.stack.preview()).toEqual([]);
  const refresh = await world.stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect({ ...refresh, stdout: "" }).toMatchObject({ code: 0 });
}, 60_000);
