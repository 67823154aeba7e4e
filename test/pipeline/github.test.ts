// Comments and issues, against a server on this machine that speaks the few endpoints.
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { driftMark, reportDrift } from "../../pipeline/drift.ts";
import { Github, GithubError } from "../../pipeline/github.ts";
import { healthProblems } from "../../pipeline/health.ts";
import type { Digest } from "../../pipeline/preview.ts";
import { proposeConfig } from "../../pipeline/propose.ts";
import { FakeRepository, FakeVendor, type Answer, type Asked } from "../support/fake-vendor.ts";

let repository: FakeRepository;
let vendor: FakeVendor;
let github: Github;

beforeEach(async () => {
  repository = new FakeRepository();
  vendor = await FakeVendor.start(repository.answer);
  github = new Github({ url: vendor.url, token: "t0ken", repository: repository.name });
});
afterEach(() => vendor.stop());

describe("the comment of a pull request", () => {
  const mark = "<!-- mark -->";

  test("is made once and then updated", async () => {
    expect(await github.comment(7, mark, `${mark}\none`)).toBe("made");
    expect(await github.comment(7, mark, `${mark}\ntwo`)).toBe("updated");
    expect(repository.comments.map(({ body }) => body)).toEqual([`${mark}\ntwo`]);
    expect(vendor.asked[0]?.headers.authorization).toBe("Bearer t0ken");
  });

  test("is found behind a hundred others", async () => {
    for (let i = 0; i < 250; i += 1) repository.add("comments", `talk ${i}`);
    repository.add("comments", `${mark}\nold`);
    expect(await github.comment(7, mark, `${mark}\nnew`)).toBe("updated");
    expect(repository.comments).toHaveLength(251);
  });

  test("is never a person's, even with the mark in it", async () => {
    repository.add("comments", `${mark}\nmine`, { user: { type: "User" } });
    repository.add("comments", `> ${mark}\nquoted`);
    expect(await github.comment(7, mark, `${mark}\nnew`)).toBe("made");
    expect(repository.comments.map(({ body }) => body)).toContain(`${mark}\nmine`);
  });

  test("that GitHub refuses is a sentence without the token", async () => {
    const refused = github.comment(8, mark, "x");
    await expect(refused).rejects.toThrow(GithubError);
    await expect(refused).rejects.toThrow(/^GitHub answers 404 to GET issues\/8\/comments/);
    await expect(refused).rejects.not.toThrow(/t0ken/);
  });

  test("without GitHub is a sentence", async () => {
    const away = new Github({ url: "http://127.0.0.1:9", token: "t0ken", repository: repository.name });
    await expect(away.comment(7, mark, "x")).rejects.toThrow(/cannot be reached/);
  });
});

describe("drift", () => {
  const run = "https://github.com/example/pulse-infra/actions/runs/1";
  const calm: Digest = { stack: "staging", counts: {}, changes: [], problems: [], warnings: ["old plugin"] };
  const drifted = (name: string): Digest => ({
    ...calm,
    stack: "production",
    counts: { update: 1 },
    changes: [{ op: "update", type: "slack:Conversation", name, properties: [] }],
  });

  test("opens one issue, updates it, and closes it when it is gone", async () => {
    expect(await reportDrift(github, [calm, drifted("a")], run)).toBe("production drifted; opened issue 1.");
    expect(await reportDrift(github, [calm, drifted("b")], run)).toBe("production drifted; updated issue 1.");
    expect(repository.issues).toHaveLength(1);
    const [issue] = repository.issues;
    expect(issue?.title).toBe("Drift: what runs is not what is declared");
    expect(issue?.body.startsWith(driftMark)).toBe(true);
    expect(issue?.body).toContain("~ update slack:Conversation b");
    expect(issue?.body).not.toContain("staging");
    expect(await reportDrift(github, [calm], run)).toBe("Nothing drifts any more; closed issue 1.");
    expect(issue?.state).toBe("closed");
    expect(await reportDrift(github, [calm], run)).toBe("Nothing drifted.");
    expect(await reportDrift(github, [drifted("c")], run)).toBe("production drifted; opened issue 2.");
  });

  test("a look that failed counts as drift, and leaves the issue open", async () => {
    await reportDrift(github, [drifted("a")], run);
    const failed = { ...calm, problems: ["The preview left no result."] };
    expect(await reportDrift(github, [failed], run)).toBe("staging drifted; updated issue 1.");
  });

  test("a pull request and a person's issue with the mark are left alone", async () => {
    repository.add("issues", `${driftMark}\nx`, { pull_request: {} });
    repository.add("issues", `${driftMark}\ny`, { user: { type: "User" } });
    expect(await reportDrift(github, [calm], run)).toBe("Nothing drifted.");
    expect(repository.issues.every(({ state }) => state === "open")).toBe(true);
  });
});

describe("a config file that no longer says what serves", () => {
  const text = "config:\n  pulse-infra:activeColor: green\n";

  /** Branches with their one file, and pull requests. */
  function remote() {
    const branches = new Map<string, string>([["main", "old\n"]]);
    const pulls: { number: number; head: string }[] = [];
    const answer = ({ method, path, query, body }: Asked): Answer => {
      const rest = path.replace("/repos/example/pulse-infra/", "");
      const sent = body as Record<string, string>;
      if (rest === "pulls" && method === "GET") {
        const head = query.get("head")?.replace("example:", "");
        return { body: pulls.filter((pull) => pull.head === head) };
      }
      if (rest === "pulls") {
        pulls.push({ number: pulls.length + 1, head: sent.head ?? "" });
        return { status: 201, body: pulls.at(-1) };
      }
      if (rest === "git/ref/heads/main") return { body: { object: { sha: "m" } } };
      const branch = method === "GET" ? (query.get("ref") ?? "") : (sent.branch ?? "");
      if (rest === "git/refs")
        branches.set((sent.ref ?? "").replace("refs/heads/", ""), branches.get("main") ?? "");
      else if (rest.startsWith("git/refs/heads/"))
        branches.set(rest.replace("git/refs/heads/", ""), branches.get("main") ?? "");
      else if (method === "PUT") branches.set(branch, Buffer.from(sent.content ?? "", "base64").toString());
      else {
        const content = branches.get(branch);
        if (content === undefined) return { status: 404, body: { message: "Not Found" } };
        return { body: { sha: "f", content: Buffer.from(content).toString("base64") } };
      }
      return { body: {} };
    };
    return { branches, pulls, answer };
  }

  test("is proposed once, and anew when it changes", async () => {
    const { branches, pulls, answer } = remote();
    await vendor.stop();
    vendor = await FakeVendor.start(answer);
    github = new Github({ url: vendor.url, token: "t0ken", repository: "example/pulse-infra" });
    expect(await proposeConfig(github, "staging", text)).toBe(
      "Pulumi.staging.yaml is proposed in pull request 1.",
    );
    expect(branches.get("sync/staging")).toBe(text);
    expect(branches.get("main")).toBe("old\n");
    const asked = vendor.asked.length;
    expect(await proposeConfig(github, "staging", text)).toMatch(/is proposed already in pull request 1\.$/);
    expect(
      vendor
        .requests()
        .slice(asked)
        .every((request) => request.startsWith("GET ")),
    ).toBe(true);
    expect(await proposeConfig(github, "staging", "blue\n")).toMatch(/is proposed anew in pull request 1\.$/);
    expect(branches.get("sync/staging")).toBe("blue\n");
    expect(pulls).toHaveLength(1);
  });

  test("that GitHub refuses is a sentence", async () => {
    await expect(proposeConfig(github, "staging", text)).rejects.toThrow(/^GitHub answers 404 to GET pulls/);
  });
});

describe("health", () => {
  const well = { environment: "staging", weights: { blue: 100, green: 0 } };
  const record = { id: "1", version: "1.4.2", phase: "promoted" };
  test.each<[string, string, string[]]>([
    ["an environment at rest", JSON.stringify(well), []],
    ["a release that was promoted", JSON.stringify({ ...well, record }), []],
    [
      "a release that failed",
      JSON.stringify({ ...well, record: { ...record, phase: "failed" } }),
      ["Release 1 of 1.4.2 failed, and needs a person."],
    ],
    [
      "a release that waits",
      JSON.stringify({ ...well, record: { ...record, paused: "latency" } }),
      ["Release 1 of 1.4.2 is paused: latency"],
    ],
    [
      "a release that was left",
      JSON.stringify({ ...well, problems: ["Nobody is at work."] }),
      ["Nobody is at work."],
    ],
    [
      "no traffic",
      JSON.stringify({ environment: "staging" }),
      ["No colour has traffic: the route is not there, or gives none."],
    ],
    ["no status", "", ["The release driver left no status."]],
  ])("%s", (_what, text, problems) => {
    expect(healthProblems(text)).toEqual(problems);
  });
});
