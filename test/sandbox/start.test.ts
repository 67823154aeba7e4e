import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { UserError } from "../../sandbox/errors.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { failureSentence } from "../../sandbox/start/failures.ts";
import { alone, refuseIfBusy } from "../../sandbox/start/lock.ts";
import { errorsOf, progressOf } from "../../sandbox/start/session.ts";
import { runSteps, type Step } from "../../sandbox/start/steps.ts";
import { environmentLines } from "../../sandbox/status/index.ts";
import { environmentsOf } from "../../sandbox/status/slots.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "pulse-start-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("the lock", () => {
  /** Another process that holds the lock until it is ended. */
  async function otherStart() {
    const lock = JSON.stringify(join(projectRoot, "sandbox/start/lock.ts"));
    const script = `import { alone } from ${lock};
      await alone(${JSON.stringify(dir)}, "npm start", async () => {
        console.log("holding");
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    return child;
  }

  test("lets one start in, tells the other whom to wait for, and is free after kill -9", async () => {
    const child = await otherStart();
    const sentence = `Process ${child.pid ?? 0} is running npm start in this folder; wait for its end or stop it with Ctrl-C.`;
    await expect(alone(dir, "npm start", () => Promise.resolve(1))).rejects.toThrow(new UserError(sentence));
    expect(() => refuseIfBusy(dir)).toThrow(sentence);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await alone(dir, "npm start", () => Promise.resolve(2))).toBe(2);
    expect(readdirSync(dir)).toEqual([]);
  });

  test("is given back when the work fails, and takes over a broken one", async () => {
    writeFileSync(join(dir, "start.lock"), "{");
    await expect(alone(dir, "npm start", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("steps", () => {
  const step = (title: string, run: Step["run"]): Step => ({ title, run });

  test("run groups in order, the steps of a group side by side", async () => {
    const order: string[] = [];
    const slow = step("slow", async () => {
      await delay(30);
      order.push("slow");
    });
    const fast = step("fast", () => Promise.resolve(void order.push("fast")));
    const last = step("last", () => Promise.resolve(void order.push("last")));
    await runSteps([[slow, fast], [last]], new AbortController().signal);
    expect(order).toEqual(["fast", "slow", "last"]);
  });

  test("a failure aborts its neighbours, waits for them and is what is told", async () => {
    let cleaned = false;
    const failing = step("failing", () => Promise.reject(new UserError("disk full")));
    const waiting = step("waiting", async (_report, signal) => {
      await once(signal, "abort");
      await delay(20);
      cleaned = true;
      throw new Error("aborted");
    });
    const never = step("never", () => Promise.reject(new Error("ran")));
    await expect(runSteps([[waiting, failing], [never]], new AbortController().signal)).rejects.toThrow(
      new UserError("disk full"),
    );
    expect(cleaned).toBe(true);
  });

  test("an interruption wins over what it makes fail", async () => {
    const controller = new AbortController();
    const work = step("work", async (_report, signal) => {
      await once(signal, "abort");
      throw new Error("cut short");
    });
    const running = runSteps([[work]], controller.signal);
    controller.abort(new Error("interrupted"));
    await expect(running).rejects.toThrow("interrupted");
  });
});

test("a failed pulumi run is told by its first error", () => {
  const output = [
    "Diagnostics:",
    "  pulse:kubernetes:BlueGreenService (pulse-messages):",
    '    error: before hook "guard" failed: green has 0 of 2 ready pods',
    "  pulumi:pulumi:Stack (pulse-infra-sandbox):",
    "    error: update failed",
    '    error: before hook "guard" failed: green has 0 of 2 ready pods',
  ].join("\n");
  expect(errorsOf(output)).toBe('before hook "guard" failed: green has 0 of 2 ready pods');
  expect(errorsOf(`${output}\nerror: another`)).toMatch(/\(and 1 more\)$/);
  const config = [
    "    error: the config has 1 mistake:",
    '      activeColor is "purple"; allowed: blue, green',
    "",
    "Outputs:",
  ];
  expect(errorsOf(config.join("\n"))).toBe(
    'the config has 1 mistake:\n  activeColor is "purple"; allowed: blue, green',
  );
  expect(errorsOf("nothing telling")).toBe("see the log");
});

test("progress of pulumi up is what has ended and what is waited for", () => {
  const deployment = " +  kubernetes:apps/v1:Deployment app-blue";
  expect(progressOf(`${deployment} creating (2s) 1/3 pods ready`)).toBe(
    "Deployment app-blue creating (2s) 1/3 pods ready",
  );
  expect(progressOf(" ~  kubernetes:core/v1:Service app updated (0.18s) [diff: ~spec]")).toBe(
    "Service app updated (0.18s)",
  );
  expect(progressOf(`${deployment} creating (0s)`)).toBeUndefined();
  expect(progressOf("@ updating........")).toBeUndefined();
  expect(progressOf('  ~ activeColor : "green" => "blue"')).toBeUndefined();
});

test("failures are told by their most frequent reasons", () => {
  const failure = (reason: string) => ({ at: 0, reason });
  const failures = [failure("reset"), failure("status 503"), failure("status 503")];
  expect(failureSentence(failures, { requests: 6_000, failures: 3 })).toBe(
    "3 of 6000 requests failed: status 503 (2), reset (1)",
  );
});

test("status puts each environment's colours together", () => {
  const deployment = (color: string, ready: number) => ({
    kind: "Deployment" as const,
    metadata: { name: `app-${color}`, namespace: "n", labels: { color } },
    spec: { replicas: 3, template: { spec: { containers: [{ image: `app:${color}` }] } } },
    status: { readyReplicas: ready },
  });
  const route = {
    kind: "HTTPRoute" as const,
    metadata: { name: "app", namespace: "n" },
    spec: {
      hostnames: ["a.example"],
      rules: [
        {
          backendRefs: [
            { name: "app-blue", weight: 90 },
            { name: "app-green", weight: 10 },
          ],
        },
      ],
    },
  };
  const ofOneColor = { ...route, metadata: { name: "app-blue", namespace: "n", labels: { color: "blue" } } };
  const environments = environmentsOf([deployment("green", 1), ofOneColor, route, deployment("blue", 3)]);
  expect(
    environmentLines(environments, { authority: "/ca.crt", gatewayUrl: "https://127.0.0.1:8443" }),
  ).toEqual([
    "",
    "app in namespace n, host a.example",
    "  colour  traffic  pods ready  image",
    "  blue        90%         3/3  app:blue",
    "  green       10%         1/3  app:green",
    "  ask it: curl --cacert /ca.crt --resolve a.example:8443:127.0.0.1 https://a.example:8443/",
  ]);
  expect(environmentLines([], { authority: "" })).toEqual([
    "",
    "Nothing is applied yet; npm run pulumi -- up applies the stack.",
  ]);
});

test("every file of the app is in the image's list of what it may import", () => {
  const imports = readdirSync(join(projectRoot, "sandbox/app"))
    .filter((name) => name !== "image.ts")
    .flatMap((name) => [
      ...readFileSync(join(projectRoot, "sandbox/app", name), "utf8").matchAll(/from "([^"]+)"/g),
    ])
    .map(([, specifier = ""]) => specifier)
    .filter((specifier) => !specifier.startsWith("node:") && !specifier.startsWith("./"));
  expect(new Set(imports)).toEqual(new Set(["ws", "prom-client"]));
});
