import type { WatchedConfig } from "../../../infra/config/schema.ts";
import type { Announcement, Announcer } from "../../ports.ts";
import { NotTold } from "./deliver.ts";
import { github } from "./github.ts";
import { pagerduty } from "./pagerduty.ts";
import { sentry } from "./sentry.ts";
import { parseDsn, sentryEvents } from "./sentryEvents.ts";
import { slack } from "./slack.ts";

export { announcementText } from "./text.ts";

/** The vendors that config names; one whose secret is not there is a problem, and is left out. */
export function announcers(
  config: WatchedConfig,
  env: Readonly<Record<string, string | undefined>>,
): { announcers: Announcer[]; problems: string[] } {
  const found: Announcer[] = [];
  const problems: string[] = [];
  const targets = config.release.announcements;
  /** `use` may answer with what the secret should have been, such as "URL". */
  const withSecret = (
    vendor: string,
    name: string | undefined,
    use: (secret: string) => Announcer | string,
  ) => {
    if (name === undefined) return;
    const secret = env[name]?.trim();
    const used = secret ? use(secret) : undefined;
    if (used === undefined)
      problems.push(`${vendor} is not told: the environment variable ${name} is not set.`);
    else if (typeof used === "string")
      problems.push(`${vendor} is not told: ${name} holds no ${used} (not shown, it is a secret).`);
    else found.push(used);
  };
  if (targets.slack) {
    const { webhookFrom, tokenFrom, channel = "", url } = targets.slack;
    withSecret("Slack", webhookFrom, (webhook) =>
      /^https?:\/\/\S+$/.test(webhook) ? slack({ webhook }) : "URL",
    );
    withSecret("Slack", tokenFrom, (token) => slack({ url, token, channel }));
  }
  if (targets.pagerduty) {
    const { routingKeyFrom, url } = targets.pagerduty;
    withSecret("PagerDuty", routingKeyFrom, (routingKey) => pagerduty({ url, routingKey }));
  }
  if (targets.sentry) {
    const { tokenFrom, dsnFrom, ...target } = targets.sentry;
    withSecret("Sentry", tokenFrom, (token) => sentry({ ...target, token }));
    withSecret("Sentry", dsnFrom, (dsn) => {
      const target = parseDsn(dsn);
      return target ? sentryEvents(target) : "DSN";
    });
  }
  if (targets.github) {
    const { tokenFrom, ...target } = targets.github;
    withSecret("GitHub", tokenFrom, (token) => github({ ...target, token }));
  }
  return { announcers: found, problems };
}

/**
 * Tells all vendors side by side, each within `deadlineMs` (default 10 s). Never rejects; gives a sentence for each
 * that could not be told. Never to be awaited before traffic is moved.
 */
export async function announceAll(
  all: readonly Announcer[],
  announcement: Announcement,
  { deadlineMs = 10_000, signal }: { deadlineMs?: number; signal?: AbortSignal } = {},
): Promise<string[]> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const patience = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const results = await Promise.allSettled(
    all.map((announcer) => announcer.announce(announcement, patience)),
  );
  return results.flatMap((result, n) => {
    if (result.status === "fulfilled") return [];
    const { reason } = result as { reason: unknown };
    // Only sentences that were made to be shown are shown.
    return [reason instanceof NotTold ? reason.message : `${all[n]?.name ?? "A vendor"} could not be told.`];
  });
}
