import { afterEach, describe, expect, test } from "@jest/globals";
import { announceAll, announcementText, announcers } from "../../release/adapters/announce/index.ts";
import { parseDsn, sentryEvents } from "../../release/adapters/announce/sentryEvents.ts";
import type { Announcement } from "../../release/ports.ts";
import { deafUrl, Listener } from "../support/listener.ts";
import { releaseConfig } from "../support/release-config.ts";
import { releaseRecord } from "../support/release-record.ts";

let listener: Listener | undefined;
afterEach(async () => listener?.stop());

type Answers = ConstructorParameters<typeof Listener>[0];
type Vendor = "slack" | "webhook" | "pagerduty" | "sentry" | "github";

const env = { TOKEN: "hunter2-token", WEBHOOK: "" };
const targets = (url: string): Record<Vendor, object> => ({
  slack: { slack: { tokenFrom: "TOKEN", channel: "#deployments", url } },
  webhook: { slack: { webhookFrom: "WEBHOOK" } },
  pagerduty: { pagerduty: { routingKeyFrom: "TOKEN", url } },
  sentry: { sentry: { organization: "example", projects: ["app", "web"], tokenFrom: "TOKEN", url } },
  github: { github: { repository: "example/app", tokenFrom: "TOKEN", url } },
});
const vendors = ["slack", "webhook", "pagerduty", "sentry", "github"] as const;

const about = (event: Announcement["event"], change: Partial<Announcement> = {}): Announcement => ({
  event,
  record: releaseRecord(),
  weights: { blue: 50, green: 50 },
  text: "something <happened> & was told",
  ...change,
});

/** Tells one vendor, who answers like this; gives what could not be told. */
async function tell(
  vendor: Vendor,
  announcement: Announcement,
  answer: Answers,
  deadlineMs = 2_000,
): Promise<string[]> {
  listener = new Listener(answer);
  return tellAt(await listener.start(), vendor, announcement, deadlineMs);
}

function tellAt(
  url: string,
  vendor: Vendor,
  announcement: Announcement,
  deadlineMs: number,
): Promise<string[]> {
  const config = releaseConfig({ announcements: targets(url)[vendor] });
  const { announcers: all, problems } = announcers(config, {
    ...env,
    WEBHOOK: `${url}/services/hunter2-webhook`,
  });
  expect(problems).toEqual([]);
  return announceAll(all, announcement, { deadlineMs });
}

const accepts: Answers = ({ path, method }, response) => {
  const body = path.includes("/deployments") ? (method === "GET" ? [] : { id: 7 }) : { ok: true };
  response.writeHead(method === "GET" ? 200 : 201).end(JSON.stringify(body));
};
const bodies = () =>
  listener?.heard.filter(({ body }) => body !== "").map(({ body }) => JSON.parse(body) as unknown);
const asked = () => listener?.heard.map(({ method, path }) => `${method} ${path}`);

describe("Slack", () => {
  test("gets a message in its channel, with the token in the header alone", async () => {
    expect(await tell("slack", about("step"), accepts)).toEqual([]);
    expect(asked()).toEqual(["POST /api/chat.postMessage"]);
    expect(listener?.heard[0]?.headers.authorization).toBe("Bearer hunter2-token");
    expect(bodies()).toEqual([
      { channel: "#deployments", text: "something &lt;happened&gt; &amp; was told" },
    ]);
  });

  test("gets it by webhook", async () => {
    expect(await tell("webhook", about("started"), (_heard, response) => response.end("ok"))).toEqual([]);
    expect(asked()).toEqual(["POST /services/hunter2-webhook"]);
    expect(bodies()).toEqual([{ text: "something &lt;happened&gt; &amp; was told" }]);
  });

  test("that says no with status 200 is not told", async () => {
    const no: Answers = (_heard, response) => response.end('{"ok":false,"error":"channel_not_found"}');
    expect(await tell("slack", about("step"), no)).toEqual(["Slack refused the message: channel_not_found."]);
  });
});

describe("PagerDuty", () => {
  const key = "release/production/20261121-101530-1.1.0";
  const alert = (severity: string) =>
    expect.objectContaining({
      routing_key: "hunter2-token",
      event_action: "trigger",
      dedup_key: key,
      payload: expect.objectContaining({
        summary: "something <happened> & was told",
        source: "production",
        severity,
      }),
    });
  const resolve = { routing_key: "hunter2-token", event_action: "resolve", dedup_key: key };
  const change = expect.objectContaining({
    routing_key: "hunter2-token",
    payload: expect.objectContaining({
      summary: "something <happened> & was told",
      source: "production",
      custom_details: expect.objectContaining({ version: "1.1.0", weights: { blue: 50, green: 50 } }),
    }),
  });
  const [events, changes] = ["POST /v2/enqueue", "POST /v2/change/enqueue"];

  test.each<[Announcement["event"], string[], unknown[]]>([
    ["started", [changes], [change]],
    ["step", [events], [resolve]],
    ["paused", [events], [alert("warning")]],
    ["promoted", [events, changes], [resolve, change]],
    ["rollingBack", [events], [alert("critical")]],
    ["rolledBack", [changes], [change]],
    ["recovered", [events], [resolve]],
    ["done", [events], [resolve]],
    ["failed", [events], [alert("critical")]],
  ])("%s", async (event, paths, expected) => {
    expect(await tell("pagerduty", about(event), accepts)).toEqual([]);
    expect(asked()).toEqual(paths);
    expect(bodies()).toEqual(expected);
  });

  test("gets a summary no longer than it takes", async () => {
    await tell("pagerduty", about("failed", { text: "x".repeat(3000) }), accepts);
    expect((bodies()?.[0] as { payload: { summary: string } }).payload.summary).toHaveLength(1024);
  });
});

describe("Sentry", () => {
  const releases = "POST /api/0/organizations/example/releases/";

  test("gets a release at the start", async () => {
    expect(await tell("sentry", about("started"), accepts)).toEqual([]);
    expect(asked()).toEqual([releases]);
    expect(bodies()).toEqual([{ version: "1.1.0", projects: ["app", "web"] }]);
    expect(listener?.heard[0]?.headers.authorization).toBe("Bearer hunter2-token");
  });

  test.each([
    ["promoted", "1.1.0", "20261121-101530-1.1.0"],
    ["rolledBack", "1.0.0", "rollback of 20261121-101530-1.1.0"],
  ] as const)("gets a deploy when it is %s", async (event, version, name) => {
    expect(await tell("sentry", about(event), accepts)).toEqual([]);
    expect(asked()).toEqual([releases, `${releases}${version}/deploys/`]);
    expect(bodies()?.[1]).toMatchObject({
      environment: "production",
      name,
      projects: ["app", "web"],
      dateStarted: "2026-11-21T10:15:30.000Z",
    });
  });

  test("hears nothing of steps", async () => {
    expect(await tell("sentry", about("step"), accepts)).toEqual([]);
    expect(asked()).toEqual([]);
  });
});

describe("Sentry's events", () => {
  const look = {
    verdict: { answer: "rollback" as const, reasons: ["Error rate at 6% of 2000 requests to green."] },
    signals: {
      at: 0,
      windowSeconds: 60,
      colors: { blue: { requests: 9000, errorRatio: 0.001 }, green: { requests: 2000, errorRatio: 0.06 } },
      problems: [],
    },
  };
  const rollback = about("rollingBack", {
    record: releaseRecord({ phase: "rollingBack", endedPhase: "ramping", reason: "Error rate at 6%." }),
    look,
  });

  async function tellEvents(announcement: Announcement, answer: Answers): Promise<string[]> {
    listener = new Listener(answer);
    const url = await listener.start();
    const target = parseDsn(url.replace("http://", "http://hunter2dsn@").concat("/prefix/42"));
    if (!target) throw new Error("no DSN");
    return announceAll([sentryEvents(target)], announcement, { deadlineMs: 2_000 });
  }
  const lines = (n = 0) => listener?.heard[n]?.body.split("\n") ?? [];

  test.each(["rollingBack", "failed"] as const)("%s is one, with its context", async (event) => {
    expect(await tellEvents({ ...rollback, event }, accepts)).toEqual([]);
    expect(asked()).toEqual(["POST /prefix/api/42/envelope/"]);
    expect(listener?.heard[0]?.headers).toMatchObject({
      "content-type": "application/x-sentry-envelope",
      "x-sentry-auth": "Sentry sentry_version=7, sentry_client=pulse-infra/1.0, sentry_key=hunter2dsn",
    });
    const [head = "", item = "", payload = "", end, ...more] = lines();
    expect([end, more]).toEqual(["", []]);
    const { event_id, ...sent } = JSON.parse(payload) as Record<string, unknown>;
    expect(event_id).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(head)).toEqual({ event_id, sent_at: expect.stringMatching(/Z$/) });
    expect(JSON.parse(item)).toEqual({
      type: "event",
      content_type: "application/json",
      length: Buffer.byteLength(payload),
    });
    expect(sent).toEqual({
      timestamp: expect.stringMatching(/Z$/),
      platform: "other",
      level: "error",
      logger: "pulse-infra.release",
      environment: "production",
      release: "1.1.0",
      message: { formatted: "something <happened> & was told" },
      fingerprint: ["pulse-infra.release", "production"],
      tags: {
        event,
        release_id: "20261121-101530-1.1.0",
        stack: "production",
        strategy: "fast",
        candidate: "green",
      },
      contexts: {
        rollout: {
          type: "default",
          release_id: "20261121-101530-1.1.0",
          image: "ghcr.io/example/app:1.1.0",
          image_before: "ghcr.io/example/app:1.0.0",
          reason: "Error rate at 6%.",
          reasons: ["Error rate at 6% of 2000 requests to green."],
          phase: "ramping",
          step: 1,
          weights: { blue: 50, green: 50 },
          by: "ada@build",
        },
        signals: {
          type: "default",
          window_seconds: 60,
          green: { requests: 2000, errorRatio: 0.06 },
          blue: { requests: 9000, errorRatio: 0.001 },
          problems: [],
        },
      },
    });
    expect(JSON.stringify(sent)).not.toContain("hunter2");
  });

  test.each(["started", "step", "paused", "promoted", "rolledBack", "recovered", "done"] as const)(
    "are not sent for %s",
    async (event) => {
      expect(await tellEvents(about(event), accepts)).toEqual([]);
      expect(asked()).toEqual([]);
    },
  );

  test("are the same event when they are sent again", async () => {
    const answer: Answers = (_heard, response, count) =>
      response.writeHead(count === 1 ? 503 : 200).end("{}");
    expect(await tellEvents(rollback, answer)).toEqual([]);
    expect(listener?.heard).toHaveLength(2);
    expect(lines(1)).toEqual(lines(0));
  });

  test("that are refused are named without the key", async () => {
    const no: Answers = (_heard, response) => response.writeHead(403).end("hunter2dsn");
    expect(await tellEvents(rollback, no)).toEqual(["Sentry answered with status 403; is its token right?"]);
  });

  test.each<[string, ReturnType<typeof parseDsn>]>([
    [
      "https://abc123@o1.ingest.de.sentry.io/42",
      { url: "https://o1.ingest.de.sentry.io/api/42/envelope/", key: "abc123" },
    ],
    [
      "http://abc123:old@sentry.example.com:9000/a/b/7/",
      { url: "http://sentry.example.com:9000/a/b/api/7/envelope/", key: "abc123" },
    ],
    ["https://o1.ingest.sentry.io/42", undefined],
    ["https://abc123@o1.ingest.sentry.io/", undefined],
    ["hunter2", undefined],
  ])("go where the DSN says: %s", (dsn, target) => expect(parseDsn(dsn)).toEqual(target));

  test("need a DSN in the variable that config names", () => {
    const { sentry } = targets("http://127.0.0.1:1").sentry as { sentry: object };
    const config = releaseConfig({ announcements: { sentry: { ...sentry, dsnFrom: "DSN" } } });
    const found = (dsn?: string) => announcers(config, { ...env, DSN: dsn });
    expect(found("https://abc@sentry.example.com/1")).toMatchObject({
      announcers: [{ name: "Sentry" }, { name: "Sentry" }],
      problems: [],
    });
    expect(found().problems).toEqual(["Sentry is not told: the environment variable DSN is not set."]);
    expect(found("hunter2").problems).toEqual([
      "Sentry is not told: DSN holds no DSN (not shown, it is a secret).",
    ]);
  });
});

describe("GitHub", () => {
  const list = "GET /repos/example/app/deployments?environment=production&task=deploy&per_page=30";
  const [create, status] = [
    "POST /repos/example/app/deployments",
    "POST /repos/example/app/deployments/7/statuses",
  ];

  test("gets a deployment of the version's tag, and its status", async () => {
    expect(await tell("github", about("started"), accepts)).toEqual([]);
    expect(asked()).toEqual([list, create, status]);
    expect(bodies()).toEqual([
      {
        ref: "v1.1.0",
        task: "deploy",
        environment: "production",
        production_environment: true,
        description: "Release 1.1.0",
        payload: { release: "20261121-101530-1.1.0", image: "ghcr.io/example/app:1.1.0" },
        auto_merge: false,
        required_contexts: [],
      },
      { state: "in_progress", description: "something <happened> & was told", environment: "production" },
    ]);
  });

  test.each([[{ release: "20261121-101530-1.1.0" }], ['{"release":"20261121-101530-1.1.0"}']])(
    "finds the release's own deployment again: %j",
    async (payload) => {
      const others = [
        { id: 5, payload: "" },
        { id: 6, payload: { release: "another" } },
      ];
      const found: Answers = ({ method }, response) =>
        response.end(method === "GET" ? JSON.stringify([...others, { id: 7, payload }]) : "{}");
      expect(await tell("github", about("rolledBack", { text: "y".repeat(200) }), found)).toEqual([]);
      expect(asked()).toEqual([list, status]);
      const body = bodies()?.[0] as { state: string; description: string };
      expect([body.state, body.description.length]).toEqual(["failure", 140]);
    },
  );

  test("is asked nothing where the status stays", async () => {
    expect(await tell("github", about("recovered"), accepts)).toEqual([]);
    expect(asked()).toEqual([]);
  });

  test("without such a tag is not told, in words that help", async () => {
    const noRef: Answers = ({ method }, response) =>
      response.writeHead(method === "GET" ? 200 : 422).end("[]");
    expect(await tell("github", about("started"), noRef)).toEqual([
      "GitHub took no deployment of v1.1.0; is there such a tag in example/app?",
    ]);
  });
});

const names: Record<Vendor, string> = {
  slack: "Slack",
  webhook: "Slack",
  pagerduty: "PagerDuty",
  sentry: "Sentry",
  github: "GitHub",
};

describe.each(vendors)("%s in trouble", (vendor) => {
  const event = about("promoted");

  test("is asked again after 5xx and after a lost connection", async () => {
    const answer: Answers = (heard, response, count) => {
      if (count === 1) response.writeHead(503).end();
      else if (count === 2) response.destroy();
      else accepts(heard, response, count);
    };
    expect(await tell(vendor, event, answer)).toEqual([]);
    const paths = listener?.heard.map(({ path }) => path);
    expect(new Set(paths?.slice(0, 3)).size).toBe(1);
  });

  test("is not asked before the time it says", async () => {
    const at: number[] = [];
    const answer: Answers = (heard, response, count) => {
      at.push(performance.now());
      if (count === 1) response.writeHead(429, { "retry-after": "1" }).end();
      else accepts(heard, response, count);
    };
    expect(await tell(vendor, event, answer, 4_000)).toEqual([]);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(950);
  });

  test.each<[string, Answers, string]>([
    ["hangs", () => undefined, "did not answer in time"],
    [
      "is down",
      (_heard, response) => response.writeHead(500).end("hunter2-token"),
      "answered with status 500",
    ],
    [
      "asks for an hour",
      (_heard, response) => response.writeHead(429, { "retry-after": "3600" }).end(),
      "answered with status 429",
    ],
    [
      "does not know the token",
      (_heard, response) => response.writeHead(401).end('{"error":"hunter2-token"}'),
      "answered with status 401; is its token right?",
    ],
  ])("that %s is given up in time, and named without its secret", async (_what, answer, reason) => {
    const began = performance.now();
    const problems = await tell(vendor, event, answer, 300);
    expect(performance.now() - began).toBeLessThan(900);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${names[vendor]} ${reason}`);
    expect(problems.join()).not.toContain("hunter2");
  });

  test("that is not there is named", async () => {
    expect(await tellAt(await deafUrl(), vendor, event, 200)).toEqual([
      `${names[vendor]} refused the connection.`,
    ]);
  });
});

test("one vendor that hangs keeps nobody else from being told", async () => {
  const heard: string[] = [];
  const hangs = {
    name: "Slow",
    announce: () => new Promise<void>((_resolve, reject) => setTimeout(reject, 300)),
  };
  const hears = { name: "Quick", announce: () => Promise.resolve(void heard.push("told")) };
  expect(await announceAll([hangs, hears], about("done"), { deadlineMs: 200 })).toEqual([
    "Slow could not be told.",
  ]);
  expect(heard).toEqual(["told"]);
});

test("an announcement that is called off ends at once", async () => {
  const off = new AbortController();
  listener = new Listener(() => off.abort());
  const config = releaseConfig({ announcements: targets(await listener.start()).slack });
  const began = performance.now();
  await announceAll(announcers(config, env).announcers, about("step"), { signal: off.signal });
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("a variable that is not set, or holds no URL where one belongs, is a problem; the others are told", () => {
  const { slack, github } = targets("http://127.0.0.1:1") as {
    slack: { slack: object };
    github: { github: object };
  };
  const both = releaseConfig({ announcements: { ...slack, ...github } });
  const nothing = announcers(both, { TOKEN: "  " });
  expect(nothing).toEqual({
    announcers: [],
    problems: [
      "Slack is not told: the environment variable TOKEN is not set.",
      "GitHub is not told: the environment variable TOKEN is not set.",
    ],
  });
  const webhook = releaseConfig({ announcements: { slack: { webhookFrom: "WEBHOOK" } } });
  expect(announcers(webhook, { WEBHOOK: "hunter2" })).toEqual({
    announcers: [],
    problems: ["Slack is not told: WEBHOOK holds no URL (not shown, it is a secret)."],
  });
  expect(announcers(both, { TOKEN: "x" }).announcers.map(({ name }) => name)).toEqual(["Slack", "GitHub"]);
  expect(announcers(releaseConfig(), {})).toEqual({ announcers: [], problems: [] });
});

describe("texts", () => {
  const record = releaseRecord();
  const weights = { blue: 90, green: 10 };
  const verdict = {
    answer: "rollback" as const,
    reasons: ["Error rate at 6% of 2000 requests to green, the limit is 1%."],
  };

  test.each<[Announcement["event"], Parameters<typeof announcementText>[2], string]>([
    ["started", {}, "🚀 Release 1.1.0 to production has begun, strategy fast, by ada@build."],
    ["step", { weights }, "1.1.0 has 10 % of the traffic of production."],
    [
      "paused",
      { weights, verdict: { answer: "pause", reasons: ["Response time of green (p95) at 600 ms."] } },
      "🟠 MEDIUM: Response time of green (p95) at 600 ms. Release 1.1.0 to production is paused at 10 %: resume, promote or roll back.",
    ],
    ["promoted", {}, "1.1.0 is production in production; it is being watched."],
    [
      "rollingBack",
      { verdict },
      "🚨 CRITICAL: Error rate at 6% of 2000 requests to green, the limit is 1%. Rolling 1.1.0 back in production.",
    ],
    ["rolledBack", {}, "↩️ 1.1.0 is rolled back in production: blue has all the traffic again."],
    [
      "recovered",
      {
        signals: {
          at: 0,
          windowSeconds: 60,
          problems: [],
          colors: { blue: { errorRatio: 0.001 }, green: {} },
        },
      },
      "✅ System recovered: error rate 0.1% in production.",
    ],
    ["done", {}, "✅ Release 1.1.0 to production is done."],
    ["failed", {}, "🚨 CRITICAL: Release 1.1.0 to production needs a person: no reason was given."],
  ])("%s", (event, more, expected) => expect(announcementText(event, record, more)).toBe(expected));

  test("the record's own reason comes first", () => {
    const text = announcementText("rollingBack", { ...record, reason: "Asked for by ada." }, { verdict });
    expect(text).toBe("🚨 CRITICAL: Asked for by ada. Rolling 1.1.0 back in production.");
  });
});
