import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { installPlugins } from "../../sandbox/pulumi-plugins.ts";
import {
  failureReason,
  initStack,
  PulumiCli,
  pulumiEnvironment,
  removeDeadLocks,
} from "../../sandbox/pulumi.ts";
import { userPulumi } from "../../sandbox/user-pulumi.ts";

const environment = { ...process.env };
let folder: string;
let dir: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pulumi-"));
  dir = join(folder, "sandbox");
  mkdirSync(dir);
  process.env.PULSE_CACHE_DIR = join(folder, "cache");
  process.env.PULUMI_HOME = join(folder, "users-home");
});

afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
});

function executable(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const defaults = {
  configFile: (stack: string) => `/s/Pulumi.${stack}.yaml`,
  policies: { pack: "policies", levels: "levels.json" },
};
const config = ["--config-file", "/s/Pulumi.sandbox.yaml"];
const policies = ["--policy-pack", "policies", "--policy-pack-config", "levels.json"];

test.each([
  [["up"], ["up", ...config, ...policies]],
  [
    ["up", "--yes"],
    ["up", "--yes", ...config, ...policies],
  ],
  [
    ["preview", "--diff"],
    ["preview", "--diff", ...config, ...policies],
  ],
  [
    ["up", "--policy-pack", "mine"],
    ["up", "--policy-pack", "mine", ...config],
  ],
  [
    ["up", "--config-file=mine"],
    ["up", "--config-file=mine", ...policies],
  ],
  [
    ["-v", "9", "refresh"],
    ["-v", "9", "refresh", ...config],
  ],
  [
    ["config", "set", "activeColor", "green"],
    ["config", "set", "activeColor", "green", ...config],
  ],
  [
    ["config", "set", "canaryWeight", "--", "-1"],
    ["config", "set", "canaryWeight", ...config, "--", "-1"],
  ],
  [
    ["destroy", "-s", "sandbox"],
    ["destroy", "-s", "sandbox", ...config],
  ],
  [
    ["refresh", "-s", "sandbox-platform"],
    ["refresh", "-s", "sandbox-platform", "--config-file", "/s/Pulumi.sandbox-platform.yaml"],
  ],
  [
    ["stack", "output"],
    ["stack", "output"],
  ],
  [
    ["up", "-s", "staging"],
    ["up", "-s", "staging"],
  ],
  [
    ["up", "--stack=organization/pulse-infra/production"],
    ["up", "--stack=organization/pulse-infra/production"],
  ],
  [
    ["up", "--help"],
    ["up", "--help"],
  ],
  [[], []],
])("npm run pulumi -- %j runs pulumi %j", (given, expected) => {
  expect(userPulumi(given, defaults)).toEqual(expected);
});

test("a failure's reason is the broken policies and the diagnostics, without what surrounds them", () => {
  const stdout = [
    "Updating (sandbox):",
    "Policies:",
    "    - [mandatory]  no-c",
    "",
    "Diagnostics:",
    "  pulumi:pulumi:Stack (x):",
    "    error: preview failed",
    "",
    "Resources:",
    "    2 unchanged",
  ].join("\n");
  expect(failureReason(stdout, "")).toBe(
    "Policies:\n    - [mandatory]  no-c\nDiagnostics:\n  pulumi:pulumi:Stack (x):\n    error: preview failed",
  );
  expect(failureReason("hello", "error: no stack")).toBe("error: no stack");
});

test("the sandbox's Pulumi sees nothing of the user's, and has a passphrase of its own", () => {
  Object.assign(process.env, { PULUMI_ACCESS_TOKEN: "secret", PULUMI_CONFIG_PASSPHRASE: "x" });
  const options = { dir, kubeconfig: "/k", tools: { pulumi: "/p/pulumi" } };
  const env = pulumiEnvironment(options);
  expect(env.PULUMI_ACCESS_TOKEN).toBeUndefined();
  expect(env.PULUMI_CONFIG_PASSPHRASE).toBeUndefined();
  expect(env.PULUMI_HOME).toBe(join(dir, "pulumi-home"));
  expect(env.PULUMI_BACKEND_URL).toBe(`file://${join(dir, "backend")}`);
  expect(env.PATH?.startsWith(`${join(dir, "bin")}:/p:`)).toBe(true);
  const passphrase = join(dir, "passphrase");
  expect(statSync(passphrase).mode & 0o777).toBe(0o600);
  const first = readFileSync(passphrase, "utf8");
  expect(first.length).toBeGreaterThan(20);
  pulumiEnvironment(options);
  expect(readFileSync(passphrase, "utf8")).toBe(first);
});

test("a failed command is a sentence with the engine's reason, unless failure is allowed", async () => {
  const pulumi = executable(join(folder, "pulumi"), 'echo "error: no such stack" >&2; exit 255');
  const cli = new PulumiCli({ pulumi, env: process.env, cwd: folder });
  await expect(cli.run(["stack", "output", "--json"])).rejects.toThrow(
    "pulumi stack output failed:\nerror: no such stack",
  );
  await expect(cli.run(["stack"], { allowFailure: true })).resolves.toMatchObject({ code: 255 });
});

test("aborting interrupts pulumi alone and waits for it", async () => {
  const pulumi = executable(
    join(folder, "pulumi"),
    "trap 'echo saved > state; exit 1' INT\necho started\nwhile :; do sleep 0.05; done",
  );
  const stop = new AbortController();
  const cli = new PulumiCli({ pulumi, env: process.env, cwd: folder });
  const onLine = (): void => stop.abort(new Error("interrupted"));
  await expect(cli.run(["up"], { signal: stop.signal, onLine })).rejects.toThrow("interrupted");
  expect(readFileSync(join(folder, "state"), "utf8")).toBe("saved\n");
});

test("only locks of dead processes of this machine are removed", () => {
  const locks = join(dir, "backend/.pulumi/locks/organization/x/sandbox");
  mkdirSync(locks, { recursive: true });
  const lock = (name: string, content: object): string => {
    const path = join(locks, `${name}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const dead = lock("dead", { pid: 2 ** 22 + 1, hostname: hostname() });
  const living = lock("living", { pid: process.pid, hostname: hostname() });
  const elsewhere = lock("elsewhere", { pid: 2 ** 22 + 1, hostname: "another" });
  removeDeadLocks(dir);
  expect([dead, living, elsewhere].map(existsSync)).toEqual([false, true, true]);
});

test("making the stack leaves the committed config as it is and gives the sandbox a copy", async () => {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "Pulumi.yaml"), "name: tiny\nruntime: nodejs\n");
  writeFileSync(join(project, "Pulumi.sandbox.yaml"), "config:\n  # why\n  tiny:a: 1\n");
  const pulumi = executable(join(folder, "pulumi"), "echo 'encryptionsalt: v1' >> Pulumi.sandbox.yaml");
  await initStack({ dir, pulumi, env: process.env, project });
  expect(readFileSync(join(dir, "Pulumi.sandbox.yaml"), "utf8")).toBe(
    "config:\n  # why\n  tiny:a: 1\nencryptionsalt: v1\n",
  );
  expect(readFileSync(join(project, "Pulumi.sandbox.yaml"), "utf8")).not.toContain("salt");
});

test("the user's official Kubernetes plugin is lent to the sandbox", async () => {
  const plugin = join(folder, "users-home/plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes");
  executable(plugin, "exit 0");
  const lines: string[] = [];
  const pulumi = executable(join(folder, "bin/pulumi"), "exit 1");
  const report = (line: string): void => void lines.push(line);
  const installed = await installPlugins({ dir, pulumi, env: process.env, report });
  expect(installed.kubernetes).toBe("official");
  expect(lines).toEqual(["Kubernetes plugin: the official 4.34.2"]);
});

test("offline the stand-in serves, and the failed download is not repeated at the next start", async () => {
  const log = join(folder, "log");
  const pulumi = executable(join(folder, "bin/pulumi"), `echo asked >> ${log}; exit 1`);
  const install = (): ReturnType<typeof installPlugins> =>
    installPlugins({ dir, pulumi, env: process.env, report: () => undefined });
  expect((await install()).kubernetes).toBe("stand-in");
  expect((await install()).kubernetes).toBe("stand-in");
  expect(readFileSync(log, "utf8")).toBe("asked\n");
  const launcher = join(dir, "pulumi-home/plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes");
  expect(readFileSync(launcher, "utf8")).toContain("sandbox/providers/kubernetes/main.ts");
});

test("our language host stands in unless an official one lies beside pulumi", async () => {
  const pulumi = executable(join(folder, "bin/pulumi"), "exit 1");
  const install = async (): Promise<string> => {
    const report = (): void => undefined;
    return (await installPlugins({ dir, pulumi, env: process.env, report, prefer: "stand-in" })).languageHost;
  };
  const ours = join(dir, "pulumi-home/plugins/language-nodejs-v3.256.0/pulumi-language-nodejs");
  expect(await install()).toBe(ours);
  expect(readFileSync(ours, "utf8")).toContain("sandbox/language-host/main.ts");
  const official = executable(join(folder, "bin/pulumi-language-nodejs"), "exit 0");
  expect(await install()).toBe(official);
});
