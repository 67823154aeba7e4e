import { expect, test } from "@jest/globals";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { changedStacks, committedStacks } from "../../pipeline/stacks.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";

const files = globSync("Pulumi.*.yaml", { cwd: projectRoot });
const stacks = committedStacks(
  Object.fromEntries(files.map((file) => [file, readFileSync(join(projectRoot, file), "utf8")])),
);

test("the committed stacks of real accounts, the platform first", () => {
  expect(stacks).toEqual([
    { stack: "platform", kind: "platform" },
    { stack: "staging", kind: "environment" },
    { stack: "production", kind: "environment" },
  ]);
});

const all = ["platform", "staging", "production"];
test.each([
  ["Pulumi.staging.yaml", ["staging"]],
  ["Pulumi.sandbox.yaml", []],
  ["components/github/ProtectedRepository.ts", ["platform"]],
  ["components/kubernetes/route.ts", ["staging", "production"]],
  ["components/mistakes.ts", all],
  ["stacks/platform/web.ts", ["platform"]],
  ["stacks/environment.ts", ["staging", "production"]],
  ["stacks/fromPlatform.ts", ["staging", "production"]],
  ["repository/.github/dependabot.yml", ["platform"]],
  ["infra/domain/traffic.ts", all],
  ["policies/pack.ts", all],
  ["package-lock.json", all],
  ["Pulumi.yaml", all],
  ["docs/architecture.md", []],
  ["test/golden/platform.json", []],
  ["sandbox/cli.ts", []],
])("a change of %s can change %j", (file, expected) => {
  expect(changedStacks([file, "README.md", ""], stacks).map(({ stack }) => stack)).toEqual(expected);
});

const run = (...args: string[]) =>
  runProcess("node", ["pipeline/cli.ts", ...args], { cwd: projectRoot, env: { PATH: process.env.PATH } });

test("the command prints a matrix, and a commit that is not there is a sentence", async () => {
  const { stdout } = await run("stacks");
  expect(JSON.parse(stdout)).toEqual(stacks);
  const { code, stderr } = await run("stacks", "--changed-since", "nowhere");
  expect(stderr).toBe('git knows no commit "nowhere" to compare with\n');
  expect(code).toBe(1);
});

test.each([
  [["comment", "/nowhere"], "/nowhere has no digests: no stack was previewed\n"],
  [["drift", "/nowhere", "--stacks", "staging"], "GITHUB_TOKEN is not set; workflows set it\n"],
])("%j is refused in a sentence", async (args, sentence) => {
  const { code, stderr } = await run(...args);
  expect(stderr).toBe(sentence);
  expect(code).toBe(1);
});
