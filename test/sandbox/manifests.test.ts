import { describe, expect, test } from "@jest/globals";
import { differences, diffStacks } from "../../sandbox/manifests/diff.ts";
import { manifests } from "../../sandbox/manifests/golden.ts";
import { judge, readExceptions, type Finding } from "../../sandbox/manifests/lint.ts";

describe("the judgement of a linter's findings", () => {
  const finding: Finding = { check: "pod-probes", object: "Deployment/a", text: "no readiness probe" };
  const exception = { check: "pod-probes", objects: ["Deployment/a"], reason: "a batch worker" };

  test("a finding that is explained, in any stack, is in order", () => {
    expect(judge({ staging: [finding], production: [] }, [exception])).toEqual([]);
  });

  test("any other is told with its stack, object and rule", () => {
    const other = { ...finding, object: "Deployment/b" };
    expect(judge({ staging: [finding, other] }, [exception])).toEqual([
      "staging: Deployment/b pod-probes: no readiness probe",
    ]);
  });

  test("so is an explanation that nothing needs", () => {
    expect(judge({ staging: [] }, [exception])).toEqual([
      "exceptions.yaml: nothing needs pod-probes for Deployment/a any more",
    ]);
  });

  test("every exception has a reason", () => {
    for (const { reason } of readExceptions()) expect(reason.length).toBeGreaterThan(40);
  });
});

test("a stack's objects are those that kubectl would apply, secrets in plain text", () => {
  const objects = manifests("production");
  expect(objects.length).toBeGreaterThan(40);
  expect(objects.map(({ kind }) => kind)).toContain("ValidatingAdmissionPolicyBinding");
  expect(JSON.stringify(manifests("sandbox"))).not.toContain('{"secret":');
});

describe("the difference of two stacks", () => {
  test("names each place, and what is on one side alone as a whole", () => {
    const left = { same: 1, port: 80, list: ["a", "b"], only: { left: { a: 1 } } };
    const right = { same: 1, port: 81, list: ["a"], only: {} };
    expect(differences(left, right)).toEqual([
      ["list.1", "b", "-"],
      ["only.left", '{"a":1}', "-"],
      ["port", "80", "81"],
    ]);
  });

  test("of staging and production is what is meant to differ", () => {
    const text = diffStacks("staging", "production").join("\n");
    expect(text).toMatch(/^Config: \d+ differences$/m);
    expect(text).toMatch(/^scaling.maxReplicas +4 +10$/m);
    expect(text).toMatch(/^HorizontalPodAutoscaler pulse-messages-blue.spec.maxReplicas +4 +10$/m);
    expect(text).toMatch(/^NetworkPolicy pulse-messages-backup-egress +- +\{/m);
    // Left to its default in one file, and the same value in the other.
    expect(text).not.toMatch(/healthPath/);
    expect(text).not.toMatch(/PriorityClass/);
  });

  test("of a stack and itself is none", () => {
    expect(diffStacks("staging", "staging")).toEqual([
      "Config: no difference",
      "",
      "Resources: no difference",
    ]);
  });

  test("of a stack that is not there is a sentence", () => {
    expect(() => diffStacks("staging", "prod")).toThrow("There is no Pulumi.prod.yaml.");
  });
});
