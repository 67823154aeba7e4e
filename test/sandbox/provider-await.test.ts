import { expect, test } from "@jest/globals";
import { selectorText } from "../../sandbox/providers/kubernetes/await/details.ts";
import { parsePath, select } from "../../sandbox/providers/kubernetes/await/json-path.ts";
import { podProblem, podProblems } from "../../sandbox/providers/kubernetes/await/pods.ts";
import { failed, ready, waiting } from "../../sandbox/providers/kubernetes/await/status.ts";
import { parseWaitFor, waitForReadiness } from "../../sandbox/providers/kubernetes/await/wait-for.ts";
import * as workloads from "../../sandbox/providers/kubernetes/await/workloads.ts";
import { whyStill } from "../../sandbox/providers/kubernetes/operations.ts";
import type { JsonObject } from "../../sandbox/providers/kubernetes/values.ts";

const workload = (status: JsonObject, spec: JsonObject = { replicas: 3 }): JsonObject => ({
  metadata: { name: "web", namespace: "pulse", generation: 2 },
  spec,
  status: { observedGeneration: 2, ...status },
});
const done = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };

test.each([
  ["rolled out", done, ready],
  [
    "an old generation",
    { ...done, observedGeneration: 1 },
    waiting("its controller has not seen the change yet"),
  ],
  ["pods not ready", { ...done, readyReplicas: 2, availableReplicas: 2 }, waiting("2/3 pods ready")],
  ["old pods", { ...done, replicas: 4 }, waiting("3/3 pods ready; 1 old left")],
  ["half updated", { ...done, updatedReplicas: 1 }, waiting("3/3 pods ready, 1 updated")],
  ["minReadySeconds", { ...done, availableReplicas: 1 }, waiting("3/3 pods ready, 1 available")],
  [
    "no progress",
    {
      ...done,
      readyReplicas: 0,
      availableReplicas: 0,
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
    },
    failed("no progress for 600 s: 0/3 pods ready"),
  ],
  [
    "pods refused",
    {
      ...done,
      updatedReplicas: 0,
      replicas: 0,
      readyReplicas: 0,
      availableReplicas: 0,
      conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }],
    },
    waiting("0/3 pods ready, 0 updated; exceeded quota"),
  ],
])("a Deployment: %s", (_name, status, expected) => {
  expect(workloads.deploymentReadiness(workload(status))).toEqual(expected);
});

test("a Deployment without pods, or paused, is not waited for", () => {
  expect(workloads.deploymentReadiness(workload({}, { replicas: 0 }))).toEqual(ready);
  expect(workloads.deploymentReadiness(workload({ observedGeneration: 0 }, { paused: true }))).toEqual(ready);
});

test("a StatefulSet is ready when all its pods are of the new revision", () => {
  const status = { readyReplicas: 3, updatedReplicas: 3, currentRevision: "b", updateRevision: "b" };
  expect(workloads.statefulSetReadiness(workload(status))).toEqual(ready);
  expect(workloads.statefulSetReadiness(workload({ ...status, readyReplicas: 2 }))).toEqual(
    waiting("2/3 pods ready"),
  );
  expect(
    workloads.statefulSetReadiness(workload({ ...status, updatedReplicas: 1, currentRevision: "a" })),
  ).toEqual(waiting("1/3 pods updated"));
});

test("a DaemonSet is ready when every node has its new pod", () => {
  const status = { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };
  expect(workloads.daemonSetReadiness(workload(status))).toEqual(ready);
  expect(workloads.daemonSetReadiness(workload({ ...status, numberAvailable: 1 }))).toEqual(
    waiting("1/2 pods available"),
  );
});

test("a Job is waited for until it completes, and fails with its reason", () => {
  expect(workloads.jobReadiness({ spec: { completions: 2 }, status: { succeeded: 1, failed: 1 } })).toEqual(
    waiting("1/2 pods done, 1 failed"),
  );
  expect(workloads.jobReadiness({ status: { conditions: [{ type: "Complete", status: "True" }] } })).toEqual(
    ready,
  );
  const conditions = [
    { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" },
  ];
  expect(workloads.jobReadiness({ status: { conditions } })).toEqual(
    failed("BackoffLimitExceeded: too often"),
  );
});

test("a Service waits for endpoints only where pods could be some", () => {
  const service = { spec: { type: "ClusterIP" } };
  expect(workloads.serviceReadiness(service, undefined)).toEqual(ready);
  expect(workloads.serviceReadiness(service, { pods: 0, endpoints: 0 })).toEqual(ready);
  expect(workloads.serviceReadiness(service, { pods: 2, endpoints: 1 })).toEqual(ready);
  expect(workloads.serviceReadiness(service, { pods: 2, endpoints: 0 })).toEqual(
    waiting("none of its 2 pods is a ready endpoint"),
  );
  expect(workloads.serviceReadiness({ spec: { type: "LoadBalancer" } }, undefined)).toEqual(
    waiting("no load balancer address yet"),
  );
});

test("a claim is bound, or waits for its first user", () => {
  expect(workloads.claimReadiness({ status: { phase: "Pending" } }, false)).toEqual(
    waiting("no volume is bound yet"),
  );
  expect(workloads.claimReadiness({ status: { phase: "Pending" } }, true)).toEqual(ready);
});

const pod = (name: string, container: JsonObject, conditions: JsonObject[] = []): JsonObject => ({
  metadata: { name },
  status: { conditions, containerStatuses: [container] },
});
const unready = [{ type: "ContainersReady", status: "False" }];
const running = { state: { running: {} } };

test.each<[string, JsonObject, string | undefined, string | undefined]>([
  [
    "image",
    pod("a", { state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling  image "x"' } } }),
    undefined,
    'ImagePullBackOff: Back-off pulling image "x"',
  ],
  [
    "crash",
    pod("a", {
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
      lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
    }),
    undefined,
    "CrashLoopBackOff: it crashes with exit code 137 (OOMKilled), restarted 3 times",
  ],
  [
    "end",
    pod("a", {
      restartCount: 1,
      state: { terminated: { exitCode: 1, reason: "Error", message: "no config" } },
    }),
    undefined,
    "it ended with exit code 1: no config, restarted once",
  ],
  [
    "probe",
    pod("a", running, unready),
    "Readiness probe failed: HTTP probe failed with statuscode: 503",
    "Readiness probe failed: HTTP probe failed with statuscode: 503",
  ],
  [
    "probe without event",
    pod("a", running, unready),
    undefined,
    "running, but its readiness probe has not passed",
  ],
  [
    "no node",
    pod("a", {}, [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }]),
    undefined,
    "Unschedulable: 0/1 nodes",
  ],
  ["starting", pod("a", { state: { waiting: { reason: "ContainerCreating" } } }), undefined, undefined],
  ["ready", pod("a", running, [{ type: "Ready", status: "True" }]), "an old failure", undefined],
])("a pod's trouble: %s", (_name, object, probe, expected) => {
  expect(podProblem(object, probe)).toBe(expected);
});

test("only the first pods in trouble are named", () => {
  const broken = (name: string): JsonObject => pod(name, { state: { waiting: { reason: "ErrImagePull" } } });
  expect(podProblems(["a", "b", "c"].map(broken), new Map())).toBe(
    "a: ErrImagePull; b: ErrImagePull; and 1 more",
  );
  expect(podProblems([pod("a", running)], new Map())).toBeUndefined();
});

test("JSON paths as kubectl takes them", () => {
  const object = {
    a: {
      "b.c/d": [
        { t: "x", v: 1 },
        { t: "y", v: 2 },
      ],
    },
  };
  const found = (path: string): unknown => select(object, parsePath(path) ?? []);
  expect(found(".a['b.c/d'][0].v")).toEqual([1]);
  expect(found(".a.b\\.c/d[*].v")).toEqual([1, 2]);
  expect(found('.a["b.c/d"][?(@.t=="y")].v')).toEqual([2]);
  expect(found(".a['b.c/d'][?(@.t!='y')].v")).toEqual([1]);
  expect(found(".a['b.c/d'][-1].v")).toEqual([2]);
  expect(found(".nothing.here")).toEqual([]);
  expect(parsePath(".a[")).toBeUndefined();
});

const route = (waitFor: string, status: JsonObject): JsonObject => ({
  kind: "HTTPRoute",
  metadata: { name: "web", generation: 2, annotations: { "pulumi.com/waitFor": waitFor } },
  status,
});
const state = (waitFor: string, status: JsonObject): unknown => {
  const object = route(waitFor, status);
  return waitForReadiness(object, parseWaitFor(object) ?? []);
};

test("an object can be waited for by condition and by value", () => {
  const accepted = { conditions: [{ type: "Accepted", status: "True", observedGeneration: 2 }] };
  expect(state("condition=Accepted", accepted)).toEqual(ready);
  expect(state("condition=Accepted=False", accepted)).toEqual(
    waiting("waiting for condition=Accepted=False"),
  );
  expect(state("jsonpath={.status.phase}=Running", { phase: "Running" })).toEqual(ready);
  expect(state("jsonpath={.status.phase}", {})).toEqual(waiting("waiting for jsonpath={.status.phase}"));
  expect(state('["condition=Accepted", "jsonpath={.status.phase}=Up"]', accepted)).toEqual(
    waiting("waiting for jsonpath={.status.phase}=Up"),
  );
});

test("a condition about an earlier generation does not count", () => {
  const stale = { conditions: [{ type: "Accepted", status: "True", observedGeneration: 1 }] };
  expect(state("condition=Accepted", stale)).toEqual(waiting("waiting for condition=Accepted"));
});

test("selectors become the API's query form", () => {
  const matchExpressions: JsonObject[] = [
    { key: "b", operator: "NotIn", values: ["1", "2"] },
    { key: "c", operator: "Exists" },
    { key: "d", operator: "DoesNotExist" },
  ];
  expect(selectorText({ matchLabels: { a: "1" }, matchExpressions })).toBe("a=1,b notin (1,2),c,!d");
});

test("what holds a deleted object back is named", () => {
  expect(whyStill({ metadata: { finalizers: ["foregroundDeletion"] } })).toBe(
    "what it owns is still being deleted",
  );
  expect(whyStill({ metadata: { finalizers: ["a/b"] } })).toBe("its finalizers hold it: a/b");
  const conditions = [
    { type: "NamespaceContentRemaining", status: "True", message: "Some resources are remaining: pods." },
  ];
  expect(whyStill({ kind: "Namespace", status: { conditions } })).toBe("Some resources are remaining: pods.");
});
