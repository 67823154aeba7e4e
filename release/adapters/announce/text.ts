import { vendorWords } from "../../../infra/domain/severity.ts";
import type { Weights } from "../../../infra/domain/traffic.ts";
import type { ReleaseRecord } from "../../domain/record.ts";
import type { Signals, Verdict } from "../../domain/signals.ts";
import type { Announcement } from "../../ports.ts";

type ReleaseEvent = Announcement["event"];

/** One or two sentences for an event. */
export function announcementText(
  event: ReleaseEvent,
  record: ReleaseRecord,
  more: { verdict?: Verdict; signals?: Signals; weights?: Weights } = {},
): string {
  const { version, environment, candidate, stable, strategy, by } = record;
  const share = more.weights?.[candidate];
  const at = share === undefined ? "" : ` at ${share} %`;
  const why = record.reason ?? more.verdict?.reasons[0] ?? "no reason was given.";
  const critical = vendorWords.critical.slackLabel;
  const texts: Record<ReleaseEvent, string> = {
    started: `🚀 Release ${version} to ${environment} has begun, strategy ${strategy}, by ${by}.`,
    step: `${version} has ${share ?? 0} % of the traffic of ${environment}.`,
    paused: `${vendorWords.medium.slackLabel}: ${record.paused ?? why} Release ${version} to ${environment} is paused${at}: resume, promote or roll back.`,
    promoted: `${version} is production in ${environment}; it is being watched.`,
    rollingBack: `${critical}: ${why} Rolling ${version} back in ${environment}.`,
    rolledBack: `↩️ ${version} is rolled back in ${environment}: ${stable} has all the traffic again.`,
    recovered: `✅ System recovered${errorRate(more.signals?.colors[stable].errorRatio)} in ${environment}.`,
    done: `✅ Release ${version} to ${environment} is done.`,
    failed: `${critical}: Release ${version} to ${environment} needs a person: ${why}`,
  };
  return texts[event];
}

const errorRate = (ratio: number | undefined): string =>
  ratio === undefined ? "" : `: error rate ${Number((ratio * 100).toFixed(2))}%`;
