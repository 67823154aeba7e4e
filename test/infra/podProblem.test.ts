import { expect, test } from "@jest/globals";
import type { ContainerStatus, Pod } from "../../infra/cluster/apiObjects.ts";
import { podProblem } from "../../infra/cluster/podProblem.ts";

const container = (status: Partial<ContainerStatus>): Pod => ({
  metadata: { name: "app-green-1" },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: "False" }],
    containerStatuses: [{ image: "app:1.1.0", ready: false, restartCount: 0, ...status }],
  },
});

test.each<[string, Pod, string | undefined]>([
  ["ready", { status: { conditions: [{ type: "Ready", status: "True" }] } }, undefined],
  ["ending", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }, undefined],
  [
    "just made",
    { metadata: { name: "app-green-1" }, status: { phase: "Pending" } },
    "app-green-1 is Pending",
  ],
  [
    "unschedulable",
    {
      metadata: { name: "app-green-1" },
      status: {
        conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes: Insufficient cpu" }],
      },
    },
    "app-green-1 has no node: 0/1 nodes: Insufficient cpu",
  ],
  [
    "no image",
    container({ state: { waiting: { reason: "ImagePullBackOff", message: "not found" } } }),
    "app-green-1 cannot get its image app:1.1.0 (ImagePullBackOff: not found)",
  ],
  [
    "crash loop",
    container({
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 3 } },
    }),
    "app-green-1 crashes (4 restarts, last with exit code 3)",
  ],
  [
    "bad config",
    container({ state: { waiting: { reason: "CreateContainerConfigError", message: "no user" } } }),
    "app-green-1 waits: CreateContainerConfigError: no user",
  ],
  ["ended", container({ state: { terminated: { exitCode: 0 } } }), "app-green-1 has ended with exit code 0"],
  [
    "starting",
    container({ started: false, state: { running: {} } }),
    "app-green-1 runs, but its startup probe fails",
  ],
  [
    "unready",
    container({ started: true, state: { running: {} } }),
    "app-green-1 runs, but its readiness probe fails",
  ],
])("%s", (_what, pod, problem) => {
  expect(podProblem(pod)).toBe(problem);
});
