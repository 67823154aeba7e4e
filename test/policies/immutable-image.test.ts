import { beforeEach, describe, expect, test } from "@jest/globals";
import * as policy from "@pulumi/policy";
import { immutableImage } from "../../policies/kubernetes/immutable-image.ts";

/** Not in the SDK's types: what it wraps a preview's properties in. */
const { unknownCheckingProxy } = policy as unknown as { unknownCheckingProxy: (props: object) => object };
const digest = `ghcr.io/example/app@sha256:${"a".repeat(64)}`;
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
let reported: string[];
beforeEach(() => {
  reported = [];
});

/** Runs the rule on a resource; the fixture is valid, and each case changes one thing. */
function check(type: string, props: object, config: object = {}): void {
  const args = { type, props: unknownCheckingProxy(props), getConfig: () => config };
  const { validateResource } = immutableImage;
  if (typeof validateResource !== "function") throw new Error("the rule is one function");
  void validateResource(
    args as unknown as policy.ResourceValidationArgs,
    (message) => void reported.push(message),
  );
}

const pod = (image: unknown, initImage: unknown = "example/setup:1.0.0") => ({
  initContainers: [{ name: "setup", image: initImage }],
  containers: [{ name: "app", image }],
});
const kinds: [string, (podSpec: object) => object][] = [
  ["kubernetes:core/v1:Pod", (spec) => ({ spec })],
  ["kubernetes:apps/v1:Deployment", (spec) => ({ spec: { template: { spec } } })],
  ["kubernetes:apps/v1:StatefulSet", (spec) => ({ spec: { template: { spec } } })],
  ["kubernetes:apps/v1:DaemonSet", (spec) => ({ spec: { template: { spec } } })],
  ["kubernetes:batch/v1:Job", (spec) => ({ spec: { template: { spec } } })],
  ["kubernetes:batch/v1:CronJob", (spec) => ({ spec: { jobTemplate: { spec: { template: { spec } } } } })],
];

describe.each(kinds)("%s", (type, wrap) => {
  test.each([digest, "app:1.0.0", "app:v1.2.3-rc.1"])("%s is pinned", (image) => {
    check(type, wrap(pod(image)));
    expect(reported).toEqual([]);
  });

  test.each([
    ["app:latest", "has the tag latest, which can move"],
    ["app", "has neither tag nor digest, which means latest"],
    ["app:1.4", "has the tag 1.4, which can move"],
    ["", "is not an image reference"],
  ])('"%s" is refused: %s', (image, why) => {
    check(type, wrap(pod(image)));
    expect(reported).toEqual([
      `Container app: image "${image}" ${why}, so a restarted pod may run a version that nobody tested. ` +
        "Use a digest, name@sha256:<64 hex digits>, or a full version tag such as name:1.4.2.",
    ]);
  });
});

test("every container of a pod is looked at, those that prepare it too", () => {
  check("kubernetes:core/v1:Pod", { spec: pod("app:latest", "setup:latest") });
  expect(reported).toEqual([
    expect.stringMatching(/^Container setup/),
    expect.stringMatching(/^Container app/),
  ]);
});

test("with digestOnly a full version is refused too", () => {
  check("kubernetes:core/v1:Pod", { spec: pod("app:1.0.0", digest) }, { digestOnly: true });
  expect(reported).toEqual([
    'Container app: image "app:1.0.0" has a tag, which can be pushed again, so a restarted pod may run a version that ' +
      "nobody tested. Use a digest, name@sha256:<64 hex digits>.",
  ]);
});

test("an image that a preview does not know yet is left to the update; the others are looked at", () => {
  expect(() => check("kubernetes:core/v1:Pod", { spec: pod("app:latest", unknownString) })).toThrow(
    policy.UnknownValueError,
  );
  expect(reported).toEqual([expect.stringMatching(/^Container app/)]);
});

test.each([
  ["another provider", "aws:ecs/taskDefinition:TaskDefinition", { spec: pod("app:latest") }],
  ["a kind without pods", "kubernetes:core/v1:Service", { spec: { ports: [] } }],
  ["no spec", "kubernetes:core/v1:ConfigMap", { data: {} }],
])("%s is none of its business", (_what, type, props) => {
  check(type, props);
  expect(reported).toEqual([]);
});
