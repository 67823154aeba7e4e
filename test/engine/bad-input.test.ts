// What a person gets for a mistake: a sentence, a non-zero exit, no stack trace, and nothing changed.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { EnvironmentStack, type Outcome } from "../support/environment-stack.ts";
import { testCluster } from "../support/test-cluster.ts";

const stackTrace = /^\s+at .+:\d+:\d+\)?$/m;

function expectSentence({ code, output }: Outcome, ...sentences: string[]): void {
  for (const sentence of sentences) expect(output).toContain(sentence);
  expect(output).not.toMatch(stackTrace);
  expect(code).not.toBe(0);
}

describe("mistakes in the config", () => {
  let stack: EnvironmentStack;
  beforeAll(async () => {
    stack = await EnvironmentStack.create("mistakes", testCluster().kubeconfig);
  });
  afterAll(() => stack.destroy(), 60_000);

  test("are all told at once, and nothing is made", async () => {
    stack.edit((config) => {
      config["pulse-infra:activeColour"] = "green";
      config["pulse-infra:activeColor"] = "purple";
      config["pulse-infra:canaryWeight"] = "101";
      config["pulse-infra:images"] = {
        blue: "localhost/pulse-messages:latest",
        green: "localhost/pulse-messages",
      };
    });
    const outcome = await stack.up();
    expectSentence(
      outcome,
      'activeColor is "purple"',
      "blue, green",
      "canaryWeight is 101",
      "a whole number from 0 to 100",
      "activeColour is not a known key",
      "did you mean activeColor?",
      "images.blue",
      "latest",
      "images.green",
    );
    expect(await stack.api.exists("v1", "Namespace", "", stack.namespace)).toBe(false);
  }, 60_000);

  test.each([
    ["-1", "canaryWeight is -1"],
    ["12.5", "canaryWeight is 12.5"],
    ["ten", 'canaryWeight is "ten"'],
  ])(
    "a canary weight of %s is refused",
    async (value, sentence) => {
      stack.edit((config) => {
        delete config["pulse-infra:activeColour"];
        config["pulse-infra:activeColor"] = "blue";
        config["pulse-infra:images"] = {
          blue: "localhost/pulse-messages:1.0.0",
          green: "localhost/pulse-messages:1.1.0",
        };
        config["pulse-infra:canaryWeight"] = value;
      });
      expectSentence(await stack.up(), sentence, "a whole number from 0 to 100");
    },
    60_000,
  );
});

test("a missing kubeconfig is named", async () => {
  const stack = await EnvironmentStack.create("no-kubeconfig", testCluster().kubeconfig, (config) => {
    const cluster = config["pulse-infra:cluster"] as object;
    config["pulse-infra:cluster"] = { ...cluster, kubeconfig: "/nowhere/kubeconfig" };
  });
  expectSentence(await stack.up(), "/nowhere/kubeconfig");
}, 60_000);
