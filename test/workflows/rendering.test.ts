// Workflows as data: what the YAML says is what the data said, and rules that hold for every workflow there is.
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import fc from "fast-check";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { workflowFiles } from "../../infra/domain/workflows/index.ts";
import { toYaml, type Yaml } from "../../infra/domain/workflows/yaml.ts";
import { projectRoot } from "../../sandbox/paths.ts";
import { workflowSettings } from "../../stacks/platform/sourceControl.ts";
import { asRaw, loadPlatform, stackFile } from "../support/stack-config.ts";

describe("YAML", () => {
  const { tree } = fc.letrec<{ tree: Yaml; leaf: Yaml }>((tie) => ({
    leaf: fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(
        "on",
        "null",
        "1.0",
        "- a",
        "a: b",
        "a #b",
        "*x",
        "{",
        "",
        " ",
        "a\nb",
        "a\nb\n",
        " a\n",
        "a\n\n",
        "0x1",
        ".6",
        ".inf",
        "~",
        "2026-01-01",
      ),
    ),
    tree: fc.oneof(
      { maxDepth: 4 },
      tie("leaf"),
      fc.array(tie("tree"), { minLength: 1, maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie("tree"), {
        minKeys: 1,
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  }));

  test("means the data that it was made of", () => {
    const safe = (value: Yaml): boolean => !JSON.stringify(value).includes("__proto__");
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b-c", "d e"), tree, { minKeys: 1 }), (value) => {
        fc.pre(safe(value));
        expect(load(toYaml(value))).toEqual({ ...value });
      }),
      { numRuns: 500 },
    );
  });

  test("pinned actions keep their version as a comment", () => {
    const uses = `a/b@${"0".repeat(40)} # v1.2.3`;
    expect(toYaml([{ uses }])).toBe(`- uses: ${uses}\n`);
  });
});

type Group = Record<string, unknown>;

interface Step {
  uses?: string;
  run?: string;
}
interface File {
  permissions?: unknown;
  runs?: { steps: Step[] };
  jobs?: Record<string, { uses?: string; "timeout-minutes"?: number; steps?: Step[] }>;
}

const files = [".github", "test/golden/application/.github"].flatMap((folder) =>
  globSync(`${folder}/{workflows/*.yml,actions/*/action.yml}`, { cwd: projectRoot }),
);

describe.each(files)("%s", (path) => {
  const text = readFileSync(join(projectRoot, path), "utf8");
  const file = load(text) as File;
  const jobs = Object.entries(file.jobs ?? {});
  const steps = [...jobs.flatMap(([, job]) => job.steps ?? []), ...(file.runs?.steps ?? [])];

  test("has no script of more than three lines", () => {
    for (const { run } of steps) expect((run ?? "").trim().split("\n").length).toBeLessThanOrEqual(3);
  });

  test("pins every action by its commit, with the version beside it", () => {
    const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, uses = ""]) => uses);
    for (const uses of used)
      expect(uses).toMatch(/^(\.\/\.github\/\S+|[\w./-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|driver))$/);
  });

  test("puts no expression into a script", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });

  if (!path.includes("/actions/"))
    test("reads only, unless a job says more, and ends every job in time", () => {
      expect(file.permissions).toEqual({ contents: "read" });
      for (const [name, job] of jobs)
        expect([name, job.uses !== undefined || (job["timeout-minutes"] ?? 0) > 0]).toEqual([name, true]);
    });
});

test("one action has one commit, wherever it is used", () => {
  const commits = new Map<string, Set<string>>();
  for (const path of files) {
    const text = readFileSync(join(projectRoot, path), "utf8");
    for (const [, action = "", commit = ""] of text.matchAll(/uses: ([\w-]+\/[\w-]+)[\w/-]*@(\w{40})/g))
      commits.set(action, (commits.get(action) ?? new Set()).add(commit));
  }
  expect([...commits].filter(([, { size }]) => size > 1)).toEqual([]);
});

describe("one value changes only the workflows that have it", () => {
  const base = stackFile("platform");
  const github = base.github as Group;
  const render = (workflows: Group): Record<string, string> => {
    const change = { github: { ...github, workflows: { ...(github.workflows as Group), ...workflows } } };
    const { config } = loadPlatform(asRaw({ ...base, ...change }));
    return config.github.workflows
      ? workflowFiles(workflowSettings(config, config.github.workflows, true))
      : {};
  };
  const before = render({});

  test.each<[string, Group, string[]]>([
    ["another wanted coverage", { coveragePercent: 90 }, ["ci"]],
    ["another budget of the bundle", { bundleKilobytes: 512 }, ["ci"]],
    ["another wanted score", { lighthouseScore: 90 }, ["ci"]],
    ["another limit of a web vital", { webVitals: { ttfb: { limit: 500 } } }, ["ci"]],
    ["no Playwright", { steps: { endToEnd: false } }, ["ci"]],
    ["the other secret scanner", { secretScanners: ["trufflehog"] }, ["security"]],
    ["another hour of the scans", { schedules: { security: "0 4 * * *" } }, ["security"]],
    ["rarer health checks", { schedules: { healthCheck: "*/10 * * * *" } }, ["health-check"]],
    ["a longer watch", { watchMinutes: 10 }, ["deploy"]],
    ["another path of health", { healthPath: { api: "/up" } }, ["deploy", "health-check", "rollback"]],
    ["packages", { steps: { packages: true } }, ["release"]],
    [
      "another commit of the driver",
      { driver: { repository: "example/pulse-infra", commit: "2".repeat(40) } },
      ["deploy", "rollback"],
    ],
  ])("%s", (_what, change, expected) => {
    const after = render(change);
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
    expect(changed).toEqual(expected.map((name) => `.github/workflows/${name}.yml`));
    expect(Object.keys(after)).toEqual(Object.keys(before));
  });
});
