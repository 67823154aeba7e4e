import { describe, expect, test } from "@jest/globals";
import { hostsOf, webHosts } from "../../infra/domain/hosts.ts";
import { monthlyCost, planProfile } from "../../infra/domain/plan.ts";
import { codeOwnersFile, releaseTagName } from "../../infra/domain/repository.ts";
import { releaseStages, stagesMistake } from "../../infra/domain/rollingRelease.ts";
import { contentSecurityPolicy, securityHeaders } from "../../infra/domain/securityHeaders.ts";
import { unansweredText } from "../../infra/domain/vendors.ts";

test("a vendor that did not answer: who, why, which variable", () => {
  const reason =
    "invocation of sentry:index/getKey:getKey returned an error: 1 error occurred:\n401 Unauthorized\n";
  expect(unansweredText("sentry", reason)).toBe(
    "Sentry could not be asked: 1 error occurred:\n401 Unauthorized " +
      "(check the token in SENTRY_AUTH_TOKEN; docs/platform.md says what it has to be allowed)",
  );
});

test("every host name derives from the domain", () => {
  expect(hostsOf("example.com")).toEqual({
    production: { web: "example.com", api: "api.example.com" },
    staging: { web: "staging.example.com", api: "api.staging.example.com" },
    www: "www.example.com",
  });
  expect(webHosts("example.com", "app")).toEqual({
    production: "app.example.com",
    staging: "app.staging.example.com",
  });
});

describe("a plan", () => {
  test("free has no releases in stages", () => {
    expect(planProfile("free")).toMatchObject({ rollingRelease: false, skewProtection: undefined });
    expect(planProfile("pro").rollingRelease).toBe(true);
  });

  test("costs the team as soon as one environment is on pro", () => {
    expect(monthlyCost(["free", "free"], 5).total).toBe(0);
    expect(monthlyCost(["free", "pro"], 3)).toEqual({
      github: 0,
      vercel: 60,
      sentry: 26,
      supabase: 25,
      posthog: 0,
      total: 111,
    });
  });
});

describe("stages of a release", () => {
  test.each([
    [releaseStages(5, 30)],
    [releaseStages(10)],
    [[{ percent: 10, minutes: 5 }, { percent: 50, minutes: 5 }, { percent: 100 }]],
  ])("%j can be used", (stages) => {
    expect(stagesMistake(stages)).toBeUndefined();
  });

  test.each([
    [[], "the last stage has to be 100 percent"],
    [[{ percent: 5 }], "the last stage has to be 100 percent"],
    [
      [{ percent: 5 }, { percent: 100, minutes: 1 }],
      "the last stage has no minutes: there is nothing after it",
    ],
    [
      [{ percent: 0 }, { percent: 100 }],
      "stage 1 is 0 percent; allowed: whole percents from 1 to 99 before the last",
    ],
    [[{ percent: 50 }, { percent: 10 }, { percent: 100 }], "stage 2 has to be larger than the one before"],
    [
      [{ percent: 5, minutes: 5 }, { percent: 10 }, { percent: 100 }],
      "either every stage before the last has minutes, or none has",
    ],
  ])("%j cannot", (stages, mistake) => {
    expect(stagesMistake(stages)).toBe(mistake);
  });

  test("are ten at most", () => {
    const stages = [...Array.from({ length: 10 }, (_, i) => ({ percent: i + 1 })), { percent: 100 }];
    expect(stagesMistake(stages)).toBe("there are 11 stages; at most 10 are allowed");
  });
});

test("pages load from themselves, and a named directive has the named sources only", () => {
  expect(contentSecurityPolicy()).toBe(
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  );
  expect(contentSecurityPolicy({ "default-src": ["'none'"], "img-src": ["'self'", "data:"] })).toBe(
    "default-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:",
  );
  expect(securityHeaders()).toMatchObject({ "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff" });
});

test("CODEOWNERS has a line for each pattern, in the given order", () => {
  const rules = [
    { pattern: "*", owners: ["@a/b"] },
    { pattern: "/docs/", owners: ["@c", "d@example.com"] },
  ];
  expect(codeOwnersFile(rules)).toBe("* @a/b\n/docs/ @c d@example.com\n");
});

test("a release tag is a full version with a v", () => {
  const tag = new RegExp(releaseTagName);
  for (const name of ["v1.0.0", "v1.1.0", "v2.0.0-rc.1"]) expect(name).toMatch(tag);
  for (const name of ["1.0.0", "v1.0", "v1", "version1.0.0"]) expect(name).not.toMatch(tag);
});
