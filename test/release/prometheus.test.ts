import { afterEach, expect, test } from "@jest/globals";
import { fillQuery, prometheusHistory, prometheusSource } from "../../release/adapters/prometheus.ts";
import { deafUrl, Listener } from "../support/listener.ts";
import { releaseConfig } from "../support/release-config.ts";

let listener: Listener | undefined;
afterEach(async () => listener?.stop());

/** Short expressions, so that the answers can be told apart. */
const queries = {
  requests: "requests of $service",
  errorRatio: "errors of $service",
  p95Ms: "p95 of $service",
};

/** A Prometheus that has these results by expression, and no series for others. */
async function prometheus(results: Record<string, unknown>, more: object = {}) {
  listener = new Listener(({ body }, response) => {
    const query = new URLSearchParams(body).get("query") ?? "";
    const result = results[query] ?? [];
    const data = {
      resultType: Array.isArray(result) && typeof result[0] === "number" ? "scalar" : "vector",
      result,
    };
    response.end(JSON.stringify({ status: "success", data, ...more }));
  });
  const url = await listener.start();
  return { url, config: releaseConfig({ prometheus: { url, queries } }) };
}

const one = (value: string) => [{ metric: {}, value: [1_700_000_000, value] }];

test("each colour has what was measured of it; what was not is not zero", async () => {
  const { config } = await prometheus({
    "requests of pulse-blue": one("900"),
    "errors of pulse-blue": one("0"),
    "requests of pulse-green": one("100.5"),
    "errors of pulse-green": one("NaN"),
    "p95 of pulse-green": one("+Inf"),
  });
  expect(await prometheusSource(config, {}).read(60)).toEqual({
    colors: { blue: { requests: 900, errorRatio: 0 }, green: { requests: 100.5 } },
    problems: [],
  });
});

test("the default expressions name Envoy's cluster of the colour and the window", async () => {
  listener = new Listener((_heard, response) =>
    response.end('{"status":"success","data":{"resultType":"vector","result":[]}}'),
  );
  const config = releaseConfig({ prometheus: { url: await listener.start() } });
  await prometheusSource(config, {}).read(5);
  const asked = listener.heard.map(({ body }) => new URLSearchParams(body).get("query") ?? "");
  expect(asked).toHaveLength(6);
  for (const query of asked) {
    expect(query).toMatch(/envoy_cluster_name=~"service\/apps\/pulse-(blue|green)\/\.\*"/);
    expect(query).not.toContain("$");
    // Envoy's histograms change every 5 s.
    expect(query).toContain(query.startsWith("histogram_quantile") ? "[15s]" : "[5s]");
  }
});

test("only whole names are filled in", () => {
  const about = { namespace: "apps", app: "pulse", color: "green", windowSeconds: 30 } as const;
  expect(fillQuery('a{b=~"$service$",c="$color"}[$window] + $windows', about)).toBe(
    'a{b=~"pulse-green$",c="green"}[30s] + $windows',
  );
});

test("a number without series will do, more than one series will not", async () => {
  const { config, url } = await prometheus({
    "requests of pulse-green": [1_700_000_000, "7"],
    "p95 of pulse-blue": [...one("1"), ...one("2")],
  });
  expect(await prometheusSource(config, {}).read(60)).toEqual({
    colors: { blue: {}, green: { requests: 7 } },
    problems: [
      `Prometheus at ${url} gave 2 series where one is wanted; sum them up (release.prometheus.queries.p95Ms).`,
    ],
  });
});

test.each<[string, (url: string) => string, ConstructorParameters<typeof Listener>[0]]>([
  [
    "refuses an expression",
    (url) =>
      `Prometheus at ${url} refused the expression: parse error (release.prometheus.queries.requests).`,
    (_heard, response) =>
      response.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"parse error"}'),
  ],
  [
    "is not one",
    (url) =>
      `Prometheus at ${url} answered with status 502 and no JSON (release.prometheus.queries.requests).`,
    (_heard, response) => response.writeHead(502).end("<html>"),
  ],
  ["hangs", (url) => `Prometheus at ${url} did not answer within 2 s.`, () => undefined],
  [
    "hangs up",
    (url) => `Prometheus at ${url} closed the connection.`,
    (_heard, response) => response.destroy(),
  ],
])("a Prometheus that %s is a problem within its time, said once", async (_what, expected, answer) => {
  listener = new Listener(answer);
  const url = await listener.start();
  const began = performance.now();
  const { colors, problems } = await prometheusSource(
    releaseConfig({ prometheus: { url, queries } }),
    {},
  ).read(60);
  expect(performance.now() - began).toBeLessThan(2_500);
  expect(colors).toEqual({ blue: {}, green: {} });
  expect(problems[0]?.replace(/queries\.\w+/, "queries.requests")).toBe(expected(url));
  expect(problems.length).toBe(problems[0]?.includes("queries") ? 3 : 1);
});

test("one that is not there, or not named, is a problem", async () => {
  const url = await deafUrl();
  const read = (prometheus: object) => prometheusSource(releaseConfig({ prometheus }), {}).read(60);
  expect((await read({ url })).problems).toEqual([`Prometheus at ${url} refused the connection.`]);
  expect(await read({})).toEqual({ colors: {}, problems: ["release.prometheus.url is not set."] });
});

test("a token goes with it, from the variable that config names", async () => {
  const { url } = await prometheus({});
  const config = releaseConfig({ prometheus: { url, queries, tokenFrom: "METRICS_TOKEN" } });
  await prometheusSource(config, { METRICS_TOKEN: "hunter2" }).read(60);
  expect(new Set(listener?.heard.map(({ headers }) => headers.authorization))).toEqual(
    new Set(["Bearer hunter2"]),
  );
});

test("the past is put together by time", async () => {
  listener = new Listener(({ body }, response) => {
    const parameters = new URLSearchParams(body);
    const values = {
      "requests of pulse-green": [
        [1000, "10"],
        [1010, "20"],
      ],
      "errors of pulse-green": [[1010, "0.5"]],
      "p95 of pulse-blue": [[1000, "NaN"]],
    }[parameters.get("query") ?? ""];
    const result = values ? [{ metric: {}, values }] : [];
    response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result } }));
  });
  const config = releaseConfig({ prometheus: { url: await listener.start(), queries } });
  const { signals } = await prometheusHistory(config, {}).read(1_000_000, 1_010_000, 10);
  expect(signals).toEqual([
    { at: 1_000_000, windowSeconds: 60, problems: [], colors: { blue: {}, green: { requests: 10 } } },
    {
      at: 1_010_000,
      windowSeconds: 60,
      problems: [],
      colors: { blue: {}, green: { requests: 20, errorRatio: 0.5 } },
    },
  ]);
  const { body = "", path } = listener.heard[0] ?? {};
  expect(path).toBe("/api/v1/query_range");
  expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
    start: "1000",
    end: "1010",
    step: "10",
  });
  // Two days are more points than Prometheus gives at this step.
  await prometheusHistory(config, {}).read(0, 172_800_000, 1);
  expect(new URLSearchParams(listener.heard.at(-1)?.body).get("step")).toBe("18");
});
