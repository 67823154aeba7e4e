// `npm start` and the README's everyday commands as a person runs them, from nothing and back to nothing. The last
// file of the cluster tests (test/support/sequencer.cjs): it ends the cluster that the others share.
import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import { readmeCommands } from "../support/readme.ts";

async function npm(...args: string[]): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await runProcess("npm", args, { cwd: projectRoot });
  return { code, output: stdout + stderr };
}

/** What a sandbox could leave behind on this machine. */
function leftovers(): string[] {
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return /kube-|kubelet|etcd|containerd|envoy|coredns|metrics-server/.test(command.split(" ")[0] ?? "")
          ? [command]
          : [];
      } catch {
        return []; // ended while we looked
      }
    });
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes("pulse-infra") || line.includes(`${projectRoot}/.sandbox`));
  const links = Object.keys(networkInterfaces()).filter((name) => name.startsWith("pulse"));
  return [...processes, ...mounts, ...links];
}

test("down leaves nothing, npm start brings everything up and switches without a failure", async () => {
  expect(await npm("run", "sandbox", "--", "down")).toMatchObject({ code: 0 });
  expect(leftovers()).toEqual([]);

  const { code, output } = await npm("start");
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toMatch(/npm run pulumi -- up/);
  expect(output).toMatch(/npm run sandbox -- status/);
  expect(output).toMatch(/npm run sandbox -- down/);
}, 300_000);

test("the README's everyday commands work as written", async () => {
  const everyday = readmeCommands("Every day");
  expect(everyday.length).toBeGreaterThan(4);
  for (const command of everyday) {
    const args = command.replace(/^npm /, "").split(" ");
    const confirmed = args.includes("up") ? [...args, "--yes"] : args;
    const { code, output } = await npm(...confirmed);
    expect({ command, code, output }).toMatchObject({ code: 0 });
  }
  expect(leftovers()).toEqual([]);
}, 300_000);
