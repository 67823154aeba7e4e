import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterStatus, loadImage, stopCluster } from "../../sandbox/cluster/index.ts";
import { isAlive, markedProcesses, startTimeOf } from "../../sandbox/cluster/identity.ts";
import { withLock } from "../../sandbox/cluster/lock.ts";
import { freePorts, isFree, requireFree } from "../../sandbox/cluster/ports.ts";
import { endProcesses, Processes } from "../../sandbox/cluster/processes.ts";
import { emptyState, readState, writeState } from "../../sandbox/cluster/state.ts";
import { UserError } from "../../sandbox/errors.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "pulse-cluster-"));
});
afterEach(async () => {
  await endProcesses(markedProcesses(dir));
  rmSync(dir, { recursive: true, force: true });
});

const sleeper = { name: "sleeper", command: "/bin/sleep", args: ["60"] };

describe("processes", () => {
  test("are recorded when they start, and started once", () => {
    const processes = new Processes(dir, emptyState("rootless"));
    expect(processes.ensure(sleeper)).toBe(true);
    expect(processes.ensure(sleeper)).toBe(false);
    const [record] = readState(dir)?.processes ?? [];
    expect(record?.name).toBe("sleeper");
    expect(record && isAlive(record)).toBe(true);
    expect(statSync(join(dir, "cluster.json")).mode & 0o777).toBe(0o600);
  });

  test("that ended are started again", async () => {
    const processes = new Processes(dir, emptyState("rootless"));
    processes.ensure(sleeper);
    await endProcesses([processes.find("sleeper") ?? { pid: 0, startTime: "" }]);
    expect(processes.runs("sleeper")).toBe(false);
    expect(processes.ensure(sleeper)).toBe(true);
  });

  test("that die while starting are named with their last words", async () => {
    const processes = new Processes(dir, emptyState("rootless"));
    processes.ensure({
      name: "failing",
      command: "/bin/sh",
      args: ["-c", "echo starting; echo no such thing >&2; exit 1"],
    });
    await until(() => !processes.runs("failing"));
    expect(() => processes.mustBeAlive("failing")).toThrow(
      `failing stopped while the sandbox was starting. Last line of ${dir}/logs/failing.log: no such thing`,
    );
  });

  test("whose program is missing are a sentence", () => {
    const processes = new Processes(dir, emptyState("rootless"));
    const start = () => processes.ensure({ name: "ghost", command: "/nonexistent/ghost", args: [] });
    expect(start).toThrow("ghost could not be started from /nonexistent/ghost.");
  });

  test("with a number used again by another process count as ended", () => {
    expect(isAlive({ pid: process.pid, startTime: "1" })).toBe(false);
    expect(isAlive({ pid: process.pid, startTime: startTimeOf(process.pid) ?? "" })).toBe(true);
  });
});

describe("stopping", () => {
  test("ends recorded processes, and those a killed start left unrecorded", async () => {
    const processes = new Processes(dir, emptyState("rootless"));
    processes.ensure(sleeper);
    const state = readState(dir);
    processes.ensure({ ...sleeper, name: "unrecorded" });
    if (state) writeState(dir, state);
    expect(markedProcesses(dir)).toHaveLength(2);
    expect((await clusterStatus(dir))?.processes.map(({ name, alive }) => [name, alive])).toEqual([
      ["sleeper", true],
    ]);

    await stopCluster(dir, () => undefined);
    expect(markedProcesses(dir)).toEqual([]);
    expect(await clusterStatus(dir)).toBeUndefined();
  });

  test("does nothing where nothing was started", async () => {
    await stopCluster(dir, () => undefined);
    expect(await clusterStatus(dir)).toBeUndefined();
  });
});

test("an image has nowhere to go without a cluster", async () => {
  await expect(loadImage(dir, "image.tar")).rejects.toThrow(`No cluster that runs images is in ${dir}.`);
});

describe("the lock", () => {
  test("turns a second start away with a sentence", async () => {
    await withLock(dir, "starting", async () => {
      const second = withLock(dir, "stopping", () => Promise.resolve());
      await expect(second).rejects.toThrow(
        new UserError(
          `Process ${process.pid} is starting the sandbox in this folder; wait until it is done.`,
        ),
      );
    });
    await expect(withLock(dir, "starting", () => Promise.resolve("free again"))).resolves.toBe("free again");
  });

  test("of a process that ended is taken over", async () => {
    const child = spawn("/bin/sleep", ["60"]);
    const dead = { pid: child.pid ?? 0, startTime: startTimeOf(child.pid ?? 0) ?? "", doing: "starting" };
    await endProcesses([dead]);
    writeFileSync(join(dir, "cluster.lock"), JSON.stringify(dead));
    await expect(withLock(dir, "starting", () => Promise.resolve("taken"))).resolves.toBe("taken");
    expect(() => readFileSync(join(dir, "cluster.lock"))).toThrow("ENOENT");
  });

  test("that is damaged is taken over", async () => {
    writeFileSync(join(dir, "cluster.lock"), "{");
    await expect(withLock(dir, "starting", () => Promise.resolve("taken"))).resolves.toBe("taken");
  });
});

test("a state file that cannot be read is a sentence", () => {
  writeFileSync(join(dir, "cluster.json"), "{");
  expect(() => readState(dir)).toThrow(UserError);
});

test("a port in use is named with the way out", async () => {
  const [port = 0] = await freePorts(1);
  expect(await isFree(port, "127.0.0.1")).toBe(true);
  const { createServer } = await import("node:net");
  const server = createServer().listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  await expect(requireFree(port, "127.0.0.1", "a test", "use another")).rejects.toThrow(
    `Port ${port} on 127.0.0.1, wanted for a test, is in use by another program; use another.`,
  );
  server.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
