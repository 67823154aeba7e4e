// Whatever the engine starts ends soon after it, however early the engine was killed.
import { afterEach, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isAlive } from "../../sandbox/process.ts";
import { eventually } from "../support/cluster-api.ts";
import { projectRoot } from "../../sandbox/paths.ts";

/** Stands in for an engine: starts a program with its address, and says the program's id; ends at once, or never. */
const engine = `
  import { spawn } from "node:child_process";
  import { createServer } from "node:net";
  const [endsAtOnce, ...args] = process.argv.slice(1);
  const server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    const { pid } = spawn(process.execPath, [...args, "127.0.0.1:" + port], { stdio: "ignore" });
    console.log(pid);
    if (endsAtOnce === "true") process.exit();
  });
`;

const pids: number[] = [];
afterEach(() => {
  for (const pid of pids.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
});

async function startEngine(endsAtOnce: boolean, program: readonly string[]) {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", engine, String(endsAtOnce), ...program],
    {
      cwd: projectRoot,
      env: { ...process.env, PULSE_CLOUD_FILE: "/dev/null" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface(child.stdout)) {
    pids.push(Number(line));
    return { engine: child, pid: Number(line) };
  }
  throw new Error("the engine started nothing");
}

const programs = [
  ["sandbox/providers/kubernetes/main.ts"],
  ["sandbox/providers/vendors/main.ts", "aws", "7.48.0"],
  ["sandbox/language-host/main.ts"],
];

test("plugins and language host end with an engine that is killed later", async () => {
  await Promise.all(
    programs.map(async (program) => {
      const { engine: parent, pid } = await startEngine(false, program);
      // Longer than it takes to start and to look twice.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      expect([program[0], isAlive(pid)]).toEqual([program[0], true]);
      parent.kill("SIGKILL");
      await eventually(`${program[0]} has ended`, 10, () => !isAlive(pid));
    }),
  );
}, 30_000);

test("plugins and language host end with an engine that died before they had begun", async () => {
  await Promise.all(
    programs.map(async (program) => {
      const { pid } = await startEngine(true, program);
      await eventually(`${program[0]} has ended`, 15, () => !isAlive(pid));
    }),
  );
}, 30_000);
