// What a pull request is told, as files: previews as the engine made them go in, Markdown comes out.
import { describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withGate } from "../../pipeline/gate.ts";
import { render } from "../../pipeline/markdown.ts";
import { digestOf, type Digest } from "../../pipeline/preview.ts";
import type { Override } from "../../infra/domain/override.ts";
import type { Finding, GateResult } from "../../policies/gate/finding.ts";
import { projectRoot } from "../../sandbox/paths.ts";

const captured = (name: string): string =>
  readFileSync(join(projectRoot, "test/pipeline/fixtures", `${name}.json`), "utf8");

const urn = (type: string, name: string): string => `urn:pulumi:production::pulse-infra::${type}::${name}`;
const route = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const theSwitch = JSON.stringify({
  steps: [
    { op: "same", urn: urn("kubernetes:apps/v1:Deployment", "pulse-messages-blue") },
    {
      op: "update",
      urn: urn(route, "pulse-messages-route"),
      oldState: { inputs: { spec: { rules: [{ backendRefs: [{ weight: 100 }, { weight: 0 }] }] } } },
      newState: { inputs: { spec: { rules: [{ backendRefs: [{ weight: 0 }, { weight: 100 }] }] } } },
      detailedDiff: {
        "spec.rules[0].backendRefs[0].weight": { kind: "update" },
        "spec.rules[0].backendRefs[1].weight": { kind: "update" },
      },
    },
  ],
});

/** A preview of that many resources, each of them changed. */
function huge(count: number): string {
  const op = (i: number): string => (i % 10 === 0 ? "delete" : i % 10 === 1 ? "replace" : "update");
  return JSON.stringify({
    steps: Array.from({ length: count }, (_, i) => ({
      op: op(i),
      urn: urn("aws:s3/bucket:Bucket", `bucket-${i}`),
      oldState: { inputs: { bucket: `old-${i}`, tags: { owner: "x".repeat(300) } } },
      newState: { inputs: { bucket: `new-${i}`, tags: { owner: "y".repeat(300) } } },
      detailedDiff: {
        bucket: { kind: op(i) === "replace" ? "update-replace" : "update" },
        "tags.owner": { kind: "update" },
      },
    })),
  });
}

const finding = (rule: string, level: Finding["level"], problem: string): Finding => ({
  rule,
  level,
  resource: "app",
  urn: urn("kubernetes:apps/v1:Deployment", "app"),
  problem,
  why: "It matters.",
  fix: "Mend it.",
  link: "https://example.com",
});
const override = {
  resource: "vault",
  rule: "gate-changes",
  why: "It is moved.",
  who: "platform",
  until: "2026-01-01",
} satisfies Override;
const gate = JSON.stringify({
  stack: "production",
  policies: [
    finding("immutable-image", "mandatory", "Ask @everyone | `x`."),
    finding("labels", "advisory", "It has no owner."),
    finding("tls", "unknown", "Its certificate is not there yet."),
  ],
  gates: [finding("gate-changes", "overridden", "It is deleted.")],
  overrides: [
    { ...override, state: "used" },
    { ...override, state: "over" },
    { ...override, state: "unused" },
  ],
  changes: { create: 0, update: 1, replace: 0, delete: 0, same: 1 },
} satisfies GateResult);

const digest = (stack: string, text: string): Digest => digestOf(stack, text);
const cases: Record<string, () => Digest[]> = {
  switch: () => [digest("production", theSwitch)],
  "two-stacks": () => [digest("platform", captured("platform")), digest("production", theSwitch)],
  "a-mistake": () => [digest("platform", captured("broken"))],
  "nothing-changes": () => [digest("staging", JSON.stringify({ steps: [] }))],
  policies: () => [withGate(digest("production", theSwitch), gate)],
};
const options = { runUrl: "https://github.com/example/pulse-infra/actions/runs/1" };

describe("a comment is what was reviewed (UPDATE_GOLDEN=1 writes it anew)", () => {
  test.each(Object.keys(cases))("%s", (name) => {
    const folder = join(projectRoot, "test/golden/comments");
    const file = join(folder, `${name}.md`);
    const body = `${render("## What this change does", cases[name]?.() ?? [], options)}\n`;
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, body);
    }
    expect(existsSync(file)).toBe(true);
    expect(body).toBe(readFileSync(file, "utf8"));
  });
});

describe("size", () => {
  test.each([1, 3, 30])("10,000 changes in each of %d stacks fit into a comment", (stacks) => {
    const text = huge(10_000);
    const digests = Array.from({ length: stacks }, (_, i) => digest(`stack-${i}`, text));
    const body = render("## What this change does", digests, options);
    expect(body.length).toBeLessThan(65_536);
    // The counts are whole, whatever is cut; so is every fold.
    for (let i = 0; i < stacks; i += 1)
      expect(body).toContain(`| \`stack-${i}\` | **1000** | **1000** | 0 | 8000 | 0 | 0 |`);
    expect(body).toMatch(/more changes are in \[the log of the run\]|The rest does not fit/);
    expect(body.split("```").length % 2).toBe(1);
    expect(body.split("<details>").length).toBe(body.split("</details>").length);
  });

  test("a fold uses the room that there is", () => {
    const body = render("", [digest("production", huge(10_000))], options);
    expect(body.length).toBeGreaterThan(60_000);
    const shown = body.split("\n").filter((line) => /^[-!~] (delete|replace|update) /.test(line)).length;
    const missing = Number(/(\d+) more changes/.exec(body)?.[1]);
    expect(shown + missing).toBe(10_000);
  });

  test("more stacks than fit are cut at a line", () => {
    const digests = Array.from({ length: 2000 }, (_, i) => digest(`a-stack-with-a-name-${i}`, theSwitch));
    const body = render("## What this change does", digests, options);
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/\|\n\nThe rest does not fit here/);
  });
});

describe("secrets", () => {
  const step = (path: string, value: unknown): string =>
    JSON.stringify({
      steps: [
        {
          op: "update",
          urn: urn("a:b:C", "c"),
          oldState: { inputs: {} },
          newState: { inputs: { [path]: value } },
          detailedDiff: { [path]: { kind: "add" } },
        },
      ],
    });

  test.each([
    ["token", "planted"],
    ["dbPassword", "planted"],
    ["apiKey", ["planted"]],
    ["value", { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "planted" }],
    ["value", { inner: "[secret]", beside: "planted" }],
  ])("%s with %j is not shown", (path, value) => {
    const body = render("", [digest("production", step(path, value))], options);
    expect(body).not.toContain("planted");
    expect(body).toContain(`${path}: [secret]`);
  });

  test("what is not secret is shown", () => {
    expect(render("", [digest("production", step("bucket", "planted"))], options)).toContain(
      "bucket: planted",
    );
  });
});

test("names and messages cannot draw, mention or end a block", () => {
  const name = "```\n</details>@octocat";
  const body = render(
    "",
    [
      digest(
        "a`b|c",
        JSON.stringify({
          steps: [{ op: "delete", urn: urn("a:b:C", name) }],
          diagnostics: [{ severity: "error", message: "@octocat <img src=x> ![x](y)" }],
        }),
      ),
    ],
    options,
  );
  expect(body).not.toMatch(/@octocat <|<img|(?<!\\)!\[/);
  expect(body.match(/^```/gm)).toHaveLength(2);
});

test.each(["", "error: no such stack", "[1", "null"])(
  "a preview that left %j is a problem, not silence",
  (text) => {
    expect(digest("production", text).problems).toHaveLength(1);
  },
);

test.each(["", "{", "null", '{"policies":[]}'])("a gate that left %j is a problem, not silence", (text) => {
  expect(withGate(digest("production", theSwitch), text).problems).toEqual([
    "The gate left no result: policies were not checked.",
  ]);
});
