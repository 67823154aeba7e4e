import type { Mistake } from "../domain/mistake.ts";
import type { Part } from "./check.ts";
import { show } from "./fields.ts";
import type { ReleaseConfig } from "./releaseSchema.ts";

/** Growth within a window can be told from two samples; a third lets one scrape fail. */
const scrapesPerWindow = 3;

/** Rules of the `release` section that need more than one key; keys that are wrong by themselves are missing here. */
export function releaseRules(release: Part<ReleaseConfig> = {}): Mistake[] {
  return [
    ...stepRules(release),
    ...gateRules(release),
    ...windowRules(release),
    ...slackRules(release.announcements?.slack),
    ...watcherRules(release),
  ];
}

/** A watcher that is told of nobody's token could neither ask nor tell. */
function watcherRules(release: Part<ReleaseConfig>): Mistake[] {
  const { watcher } = release;
  const variables = secretVariables(release);
  if (watcher === undefined || (watcher.secretName === undefined) === (variables.length === 0)) return [];
  const path = "release.watcher.secretName";
  return variables.length > 0
    ? [{ path, problem: "is missing", hint: `allowed: the name of a Secret with ${variables.join(", ")}` }]
    : [
        {
          path,
          problem: "is there, but no variable is named in release.prometheus and release.announcements",
          hint: "allowed: leave it out",
        },
      ];
}

/** Variables with secrets that the config names, for Prometheus and for whoever is told. */
export function secretVariables({ prometheus, announcements }: Part<ReleaseConfig>): string[] {
  const { slack, pagerduty, sentry, github } = announcements ?? {};
  const named = [
    prometheus?.tokenFrom,
    slack?.webhookFrom,
    slack?.tokenFrom,
    pagerduty?.routingKeyFrom,
    sentry?.tokenFrom,
    sentry?.dsnFrom,
    github?.tokenFrom,
  ];
  return [...new Set(named.filter((name) => name !== undefined))];
}

function stepRules({ strategy, steps }: Part<ReleaseConfig>): Mistake[] {
  if (strategy === undefined || steps === undefined) return [];
  const own = strategy === "own";
  if (own !== steps.length > 0) {
    const problem = own
      ? "is empty, but release.strategy is own"
      : `is there, but release.strategy is ${strategy}`;
    return [{ path: "release.steps", problem, hint: "allowed: steps with strategy own, and with no other" }];
  }
  const percents = steps.map((step) => step?.percent);
  const ordered = steps.flatMap((step, n) => {
    const { percent, minSoakSeconds, maxSoakSeconds } = step ?? {};
    const before = n === 0 ? -1 : percents[n - 1];
    return [
      ...(percent === undefined || before === undefined || percent > before
        ? []
        : [mistake(`steps.${n}.percent`, percent, `more than the step before it, which is ${before}`)]),
      ...(minSoakSeconds === undefined || maxSoakSeconds === undefined || minSoakSeconds < maxSoakSeconds
        ? []
        : [
            mistake(
              `steps.${n}.minSoakSeconds`,
              minSoakSeconds,
              `less than maxSoakSeconds, which is ${maxSoakSeconds}`,
            ),
          ]),
    ];
  });
  const last = percents.at(-1);
  if (
    last !== undefined &&
    last !== 100 &&
    !ordered.some(({ path }) => path.endsWith(`.${steps.length - 1}.percent`))
  )
    ordered.push(mistake(`steps.${steps.length - 1}.percent`, last, "100 in the last step"));
  return ordered;
}

function gateRules({ gates }: Part<ReleaseConfig>): Mistake[] {
  const { errorPercent, p95Ms } = gates ?? {};
  return [
    ...below("gates.errorPercent.warn", errorPercent?.warn, "rollback", errorPercent?.rollback),
    ...atMost(
      "gates.errorPercent.rollback",
      errorPercent?.rollback,
      "promotedRollback",
      errorPercent?.promotedRollback,
    ),
    ...below("gates.p95Ms.warn", p95Ms?.warn, "rollback", p95Ms?.rollback),
  ];
}

function windowRules({ gates, scrapeIntervalSeconds: scrape }: Part<ReleaseConfig>): Mistake[] {
  if (scrape === undefined) return [];
  return (["windowSeconds", "promotedWindowSeconds"] as const).flatMap((key) => {
    const window = gates?.[key];
    if (window === undefined || window >= scrapesPerWindow * scrape) return [];
    return [
      mistake(
        `gates.${key}`,
        window,
        `at least ${scrapesPerWindow} times release.scrapeIntervalSeconds, which is ${scrape}`,
      ),
    ];
  });
}

function slackRules(slack: Part<ReleaseConfig["announcements"]["slack"]>): Mistake[] {
  if (slack === undefined) return [];
  const { webhookFrom, tokenFrom, channel } = slack;
  const path = "release.announcements.slack";
  const hint = "allowed: webhookFrom alone, or tokenFrom and channel";
  if ((webhookFrom === undefined) === (tokenFrom === undefined)) {
    const problem =
      webhookFrom === undefined ? "has neither webhookFrom nor tokenFrom" : "has webhookFrom and tokenFrom";
    return [{ path, problem, hint }];
  }
  if ((tokenFrom === undefined) === (channel === undefined)) return [];
  const problem =
    channel === undefined
      ? "has tokenFrom, but no channel"
      : "has webhookFrom and channel; a webhook has its own channel";
  return [{ path, problem, hint }];
}

const mistake = (key: string, value: number, allowed: string): Mistake => ({
  path: `release.${key}`,
  problem: `is ${show(value)}`,
  hint: `allowed: ${allowed}`,
});

const below = (
  key: string,
  value: number | undefined,
  limitKey: string,
  limit: number | undefined,
): Mistake[] =>
  value === undefined || limit === undefined || value < limit
    ? []
    : [mistake(key, value, `less than ${limitKey}, which is ${limit}`)];

const atMost = (
  key: string,
  value: number | undefined,
  limitKey: string,
  limit: number | undefined,
): Mistake[] =>
  value === undefined || limit === undefined || value <= limit
    ? []
    : [mistake(key, value, `at most ${limitKey}, which is ${limit}`)];
