import { randomUUID } from "node:crypto";
import type { Announcement, Announcer } from "../../ports.ts";
import { deliver, requireSuccess } from "./deliver.ts";

/** Where a project's events go, and the key that may send them. */
interface EventTarget {
  url: string;
  key: string;
}

/** Reads a DSN, `https://<key>@<host>/<project>`; undefined for what is none. */
export function parseDsn(dsn: string): EventTarget | undefined {
  const parts = /^(https?):\/\/(\w+)(?::\w+)?@([^/\s?#]+)((?:\/[^/\s?#]+)*)\/(\d+)\/?$/.exec(dsn);
  if (!parts) return undefined;
  const [, protocol = "", key = "", host = "", path = "", project = ""] = parts;
  return { url: `${protocol}://${host}${path}/api/${project}/envelope/`, key };
}

const alarming: readonly Announcement["event"][] = ["rollingBack", "failed"];

/** Sentry takes longer messages, but cuts them off. */
const maxMessage = 8192;

/**
 * An event with all that is known about a release that is rolled back or has failed. Those of one environment are one
 * issue, so that the alert rules of Sentry decide who hears of it how often.
 */
export function sentryEvents({ url, key }: EventTarget): Announcer {
  const headers = {
    "content-type": "application/x-sentry-envelope",
    "user-agent": "pulse-infra",
    "x-sentry-auth": `Sentry sentry_version=7, sentry_client=pulse-infra/1.0, sentry_key=${key}`,
  };
  return {
    name: "Sentry",
    async announce(announcement, signal) {
      if (!alarming.includes(announcement.event)) return;
      const body = envelope(announcement);
      requireSuccess("Sentry", await deliver("Sentry", { url, method: "POST", headers, body }, signal));
    },
  };
}

/** One event in Sentry's envelope format: three lines of JSON. */
function envelope(announcement: Announcement): string {
  // The same in every try: a second arrival of it is no second event.
  const event_id = randomUUID().replaceAll("-", "");
  const event = JSON.stringify({ event_id, ...eventOf(announcement) });
  return [
    JSON.stringify({ event_id, sent_at: new Date().toISOString() }),
    JSON.stringify({ type: "event", content_type: "application/json", length: Buffer.byteLength(event) }),
    event,
    "",
  ].join("\n");
}

function eventOf({ event, record, text, weights, look }: Announcement) {
  const { candidate, environment, id, image, stable, stack, strategy, version } = record;
  return {
    timestamp: new Date().toISOString(),
    platform: "other",
    level: "error",
    logger: "pulse-infra.release",
    environment,
    release: version,
    message: { formatted: text.slice(0, maxMessage) },
    fingerprint: ["pulse-infra.release", environment],
    tags: { event, release_id: id, stack, strategy, candidate },
    contexts: {
      rollout: {
        type: "default",
        release_id: id,
        image,
        image_before: record.before.images[stable],
        reason: record.reason,
        reasons: look?.verdict.reasons,
        phase: record.endedPhase ?? record.phase,
        step: record.step,
        weights,
        by: record.by,
      },
      ...(look && {
        signals: {
          type: "default",
          window_seconds: look.signals.windowSeconds,
          [candidate]: look.signals.colors[candidate],
          [stable]: look.signals.colors[stable],
          problems: look.signals.problems,
        },
      }),
    },
  };
}
