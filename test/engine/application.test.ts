// The application's workflows, as far as they run without GitHub: the steps of their jobs, taken out of the rendered
// files, run in a repository that has what the platform puts there. docs/workflows.md lists what is not run.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../sandbox/paths.ts";
import { runProcess } from "../../sandbox/process.ts";
import { buildImage } from "../../sandbox/toolchain/image.ts";
import { runJob, type StepOutcome } from "../support/workflow-steps.ts";

let folder: string;

async function git(...args: string[]): Promise<string> {
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  const { code, stdout, stderr } = await runProcess("git", [...who, ...args], { cwd: folder });
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

async function commit(message: string): Promise<string> {
  await git("add", "--all");
  await git("commit", "--quiet", "--message", message);
  return git("rev-parse", "HEAD");
}

const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);
const read = (path: string): string => readFileSync(join(folder, path), "utf8");
/** Every job begins with it; here it is done once. */
const withoutInstall = { only: (run: string) => run !== "npm ci" };
const failed = (outcomes: StepOutcome[]) => outcomes.filter(({ code }) => code !== 0);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-application-"));
  for (const source of ["test/fixtures/application", "repository", "test/golden/application"])
    cpSync(join(projectRoot, source), folder, { recursive: true });
  await git("init", "--quiet", "--initial-branch=main");
  await commit("feat: begin");
  const [install] = await runJob(folder, "ci", "lint", { only: (run) => run === "npm ci" });
  expect(install).toEqual(expect.objectContaining({ code: 0 }));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("ci.yml", () => {
  test.each(["lint", "test", "build"])(
    "%s passes",
    async (job) => {
      const outcomes = await runJob(folder, "ci", job, withoutInstall);
      expect(failed(outcomes)).toEqual([]);
      expect(outcomes.length).toBeGreaterThan(1);
    },
    60_000,
  );

  test("test fails with code that nobody tests", async () => {
    const before = read("src/message.ts");
    const more = Array.from({ length: 9 }, (_, i) => `export const f${i} = () => {\n  return ${i};\n};\n`);
    write("src/message.ts", before + more.join(""));
    const [last] = (await runJob(folder, "ci", "test", withoutInstall)).slice(-1);
    write("src/message.ts", before);
    expect(last?.output).toMatch(
      /::error::The tests reach [\d.]+ % of the lines; at least 80 % are wanted\./,
    );
    expect(last?.code).toBe(1);
  }, 60_000);

  test("build fails with a bundle above the budget", async () => {
    const before = read("src/main.ts");
    write("src/main.ts", `${before}\ndocument.title = ${JSON.stringify("x".repeat(600 * 1024))};\n`);
    const [last] = (await runJob(folder, "ci", "build", withoutInstall)).slice(-1);
    write("src/main.ts", before);
    expect(last?.output).toMatch(
      /::error::The bundle is 60\d\.\d KiB; at most 500 are allowed\. The largest file is/,
    );
    expect(last?.code).toBe(1);
    expect(failed(await runJob(folder, "ci", "build", withoutInstall))).toEqual([]);
  }, 60_000);

  test("a breaking change has to be announced", async () => {
    const base = await git("rev-parse", "HEAD");
    write(".changeset/break.md", '---\n"pulse-messages": major\n---\n\nAnother format.\n');
    const head = await commit("feat: another format");
    const judge = async (title: string) => {
      const values = {
        "github.event.pull_request.base.sha": base,
        "github.event.pull_request.head.sha": head,
        "github.event.pull_request.title": title,
      };
      const [outcome] = await runJob(folder, "ci", "change", { values });
      return outcome;
    };
    const silent = await judge("feat: another format");
    expect([silent?.code, silent?.output]).toEqual([1, expect.stringContaining("does not say so")]);
    expect(await judge("feat!: another format")).toEqual(expect.objectContaining({ code: 0 }));
    await git("reset", "--quiet", "--hard", base);
  }, 30_000);

  test.each([
    ["success", "skipped", 0],
    ["success", "failure", 1],
    ["success", "cancelled", 1],
  ])("ci with jobs that ended in %s and %s", async (one, other, code) => {
    const values = { "toJSON(needs)": JSON.stringify({ lint: { result: one }, change: { result: other } }) };
    expect((await runJob(folder, "ci", "ci", { values }))[0]?.code).toBe(code);
  });
});

describe("security.yml", () => {
  test("the audit answers, or says that it did not run", async () => {
    const [audit] = await runJob(folder, "security", "dependencies", {
      only: (run) => run.includes("audit.mts"),
    });
    // Not every registry answers audits; then this is not a pass, and it says so.
    if (audit?.code === 2) expect(audit.output).toMatch(/^::error::The audit did not run: .+\.$/m);
    else expect(audit?.output).toMatch(/^Known vulnerabilities of the dependencies: \d+ critical, /m);
    expect(existsSync(join(folder, "audit-report.json"))).toBe(true);
  }, 60_000);

  test("the list of parts is CycloneDX and has the dependencies", async () => {
    const outcomes = await runJob(folder, "security", "dependencies", {
      only: (run) => run.includes("npm sbom"),
    });
    expect(failed(outcomes)).toEqual([]);
    const sbom = JSON.parse(read("sbom.cdx.json")) as { bomFormat: string; components: { name: string }[] };
    expect(sbom.bomFormat).toBe("CycloneDX");
    expect(sbom.components.map(({ name }) => name)).toContain("vite");
  }, 60_000);
});

describe("release.yml", () => {
  const state = async (before: string) => {
    const output = join(folder, "output.txt");
    rmSync(output, { force: true });
    const outcomes = await runJob(folder, "release", "version", {
      only: (run) => run.includes("release-state"),
      values: { "github.event.before": before },
      env: { GITHUB_OUTPUT: output },
    });
    expect(failed(outcomes)).toEqual([]);
    const text = readFileSync(output, "utf8");
    rmSync(output);
    return text;
  };

  test("a changeset becomes a version and its changelog, which is released once", async () => {
    const before = await git("rev-parse", "HEAD");
    expect(await state(before)).toBe("version=1.0.0\npending=false\n");
    const { code, stderr } = await runProcess("npm", ["run", "version-packages"], { cwd: folder });
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    rmSync(join(folder, "release-notes.md"));
    await commit("chore: release");
    expect(await state(before)).toBe("version=1.1.0\npending=true\n");
    expect(read("release-notes.md")).toContain("Messages stand on one line.");
    expect(read("release-notes.md")).not.toContain("## 1.1.0");
    await git("tag", "v1.1.0");
    expect(await state(before)).toBe("version=1.1.0\npending=false\n");
    expect(await state(await git("rev-parse", "HEAD"))).toBe("version=1.1.0\npending=false\n");
  }, 60_000);

  test("a draft has what was built, and says what it is", async () => {
    await runProcess("mkdir", ["-p", "reports"], { cwd: folder });
    const outcomes = await runJob(folder, "release", "draft", {
      values: { "needs.version.outputs.version": "1.1.0", "github.token": "none" },
      env: { GITHUB_SHA: "0".repeat(40), GITHUB_RUN_ID: "1" },
      only: (run) => !run.startsWith("gh "),
    });
    expect(failed(outcomes)).toEqual([]);
    const [name = ""] = readdirSync(join(folder, "release-files"));
    expect(name).toMatch(/^v1\.1\.0-\d{8}T\d{6}Z$/);
    expect(JSON.parse(read(`release-files/${name}/version.json`))).toEqual(
      expect.objectContaining({ version: "1.1.0", commit: "0".repeat(40) }),
    );
    const { stdout } = await runProcess("tar", ["-tzf", "reports/dist-1.1.0.tar.gz"], { cwd: folder });
    expect(stdout).toContain(`${name}/dist/index.html`);
  }, 60_000);
});

test("an image of what the Dockerfile's last stage copies can be assembled", async () => {
  const copies = [
    ...(read("Dockerfile")
      .split(/^FROM /m)
      .at(-1)
      ?.matchAll(/^COPY (?:--from=builder )?(\S+) (\S+)$/gm) ?? []),
  ];
  expect(copies).toHaveLength(2);
  const out = join(folder, "image.tar");
  await buildImage({
    out,
    name: "localhost/pulse-messages:1.1.0",
    entrypoint: ["nginx"],
    files: copies.map(([, source = "", path = ""]) => ({
      source: join(folder, source.replace(/^\/app\//, "")),
      path,
    })),
  });
  const { stdout } = await runProcess("bash", [
    "-c",
    `tar -xOf '${out}' "$(tar -tf '${out}' | grep layer.tar)" | tar -tf -`,
  ]);
  expect(stdout).toContain("usr/share/nginx/html/index.html");
  expect(stdout).toContain("etc/nginx/conf.d/default.conf");
}, 30_000);
