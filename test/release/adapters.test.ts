// What the driver reads from Pulumi's output and from the route that Pulumi owns.
import { expect, test } from "@jest/globals";
import { owned } from "../../release/adapters/cluster.ts";
import { isAlive, thisProcess } from "../../release/adapters/identity.ts";
import { locksOf, progressOf, reasonOf } from "../../release/adapters/stack.ts";

test("who holds the lock, as the file backend says it", () => {
  const stderr =
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
    "  file:///x/.pulumi/locks/organization/pulse-infra/sandbox/1.json: created by root@vm-1 (pid 4711) at 2026-11-21T10:00:00Z\n";
  expect(locksOf({ stdout: "", stderr })).toEqual([{ host: "vm-1", pid: 4711 }]);
  expect(
    locksOf({ stdout: "", stderr: "error: [409] Conflict: Another update is currently in progress." }),
  ).toEqual([]);
  expect(locksOf({ stdout: "", stderr: "error: no such stack" })).toBeUndefined();
});

test("the reason of a failure is the first error that says one", () => {
  const stdout =
    "Diagnostics:\n  pulumi:pulumi:Stack (x):\n    error: update failed\n    error: before hook failed: green may not\n";
  expect(reasonOf({ stdout, stderr: "" })).toBe("before hook failed: green may not");
  expect(reasonOf({ stdout: "", stderr: "one\ntwo\n" })).toBe("one two");
});

test("a provider's list of errors is told with its points", () => {
  const stdout = [
    "Diagnostics:",
    "  pulumi:pulumi:Stack (x):",
    "    error: update failed",
    "  kubernetes:apps/v1:Deployment (green):",
    "    error: 2 errors occurred:",
    "    \t* the Deployment did not",
    "    become ready in time",
    "    \t* pod green-1: its image is not there",
    "Outputs:",
    "    hostname: x",
  ].join("\n");
  expect(reasonOf({ stdout, stderr: "" })).toBe(
    "the Deployment did not become ready in time; pod green-1: its image is not there",
  );
});

test("of the engine's lines those are shown that say what happened or what is waited for", () => {
  const prefix = "  ~  kubernetes:gateway.networking.k8s.io/v1:HTTPRoute pulse-messages-route";
  expect(progressOf(`${prefix} updated (0.12s) [diff: ~spec]`)).toBe(
    "HTTPRoute pulse-messages-route updated (0.12s)",
  );
  expect(progressOf(`${prefix} updating (0s) [diff: ~spec]`)).toBeUndefined();
  expect(progressOf("    ~ canaryWeight: 0 => 10")).toBeUndefined();
});

test("a process is dead only where that can be known", () => {
  const me = thisProcess();
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, pid: 2 ** 22 + 1 })).toBe(false);
  expect(isAlive({ ...me, host: "elsewhere" })).toBeUndefined();
  // Its id belongs to another process by now.
  expect(isAlive({ ...me, start: "1" })).toBe(process.platform === "linux" ? false : true);
});

test("of the live route that part is applied again which Pulumi owns", () => {
  const spec = {
    parentRefs: [{ name: "gw" }],
    rules: [{ backendRefs: [{ name: "app-blue", weight: 100 }] }],
  };
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: {
      name: "app",
      namespace: "ns",
      labels: { mine: "1", theirs: "2" },
      annotations: { note: "somebody's" },
      managedFields: [
        {
          manager: "kubectl",
          operation: "Update",
          fieldsV1: { "f:metadata": { "f:labels": { "f:theirs": {} } } },
        },
        {
          manager: "pulse-infra",
          operation: "Apply",
          fieldsV1: {
            "f:metadata": { "f:labels": { "f:mine": {} } },
            "f:spec": { "f:parentRefs": {}, "f:rules": {} },
          },
        },
      ],
    },
    spec: { ...spec, useDefaultGateways: "somebody's" },
  };
  expect(owned(route)).toEqual({
    apiVersion: route.apiVersion,
    kind: "HTTPRoute",
    metadata: { name: "app", namespace: "ns", labels: { mine: "1" } },
    spec,
  });
});
