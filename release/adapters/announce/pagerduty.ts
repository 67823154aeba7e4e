import { vendorWords } from "../../../infra/domain/severity.ts";
import type { Announcement, Announcer } from "../../ports.ts";
import { join } from "../http.ts";
import { deliver, json, requireSuccess } from "./deliver.ts";

/** PagerDuty cuts longer summaries off. */
const maxSummary = 1024;

/** What each event does: an alert of that severity begins, the release's alert ends, a change is noted beside alerts. */
const acts: Readonly<
  Record<Announcement["event"], { alert?: "critical" | "medium"; resolve?: true; change?: true }>
> = {
  started: { change: true },
  step: { resolve: true },
  paused: { alert: "medium" },
  promoted: { change: true, resolve: true },
  rollingBack: { alert: "critical" },
  rolledBack: { change: true },
  recovered: { resolve: true },
  done: { resolve: true },
  failed: { alert: "critical" },
};

/**
 * Events API v2. A release has one alert at most: its id is the dedup_key, so that a retry or another process opens no
 * second one, and resolving one that was never open does nothing.
 */
export function pagerduty({ url, routingKey }: { url: string; routingKey: string }): Announcer {
  const send = async (path: string, event: object, signal: AbortSignal) => {
    const question = json(join(url, path), { routing_key: routingKey, ...event });
    requireSuccess("PagerDuty", await deliver("PagerDuty", question, signal));
  };
  return {
    name: "PagerDuty",
    async announce({ event, record, weights, text }, signal) {
      const { alert, resolve, change } = acts[event];
      const dedup_key = `release/${record.environment}/${record.id}`;
      const payload = {
        summary: text.slice(0, maxSummary),
        source: record.environment,
        timestamp: new Date().toISOString(),
        custom_details: {
          release: record.id,
          version: record.version,
          stack: record.stack,
          candidate: record.candidate,
          weights,
          by: record.by,
        },
      };
      if (alert !== undefined) {
        const severity = vendorWords[alert].pagerdutyEvent;
        const details = { ...payload, severity, class: "release" };
        await send("/v2/enqueue", { event_action: "trigger", dedup_key, payload: details }, signal);
      }
      if (resolve) await send("/v2/enqueue", { event_action: "resolve", dedup_key }, signal);
      if (change) await send("/v2/change/enqueue", { payload }, signal);
    },
  };
}
