import { imageVersion } from "../../../infra/domain/image.ts";
import type { Announcement, Announcer } from "../../ports.ts";
import { join } from "../http.ts";
import { deliver, json, requireSuccess } from "./deliver.ts";

export interface SentryTarget {
  url: string;
  organization: string;
  projects: readonly string[];
  token: string;
}

/**
 * A release when it begins, a deploy when it is production; after a rollback a deploy of the version that serves
 * again, so that new errors are counted to the right one.
 */
export function sentry({ url, organization, projects, token }: SentryTarget): Announcer {
  const releases = join(url, `/api/0/organizations/${encodeURIComponent(organization)}/releases/`);
  const post = async (path: string, body: object, signal: AbortSignal) => {
    const question = json(path, body, { authorization: `Bearer ${token}` });
    requireSuccess("Sentry", await deliver("Sentry", question, signal));
  };
  /** Creating one that exists is answered with 208, and changes nothing. */
  const release = (version: string, signal: AbortSignal) => post(releases, { version, projects }, signal);
  const deploy = async ({ record }: Announcement, version: string, name: string, signal: AbortSignal) => {
    await release(version, signal);
    const dates = {
      dateStarted: new Date(record.startedAt).toISOString(),
      dateFinished: new Date().toISOString(),
    };
    const body = { environment: record.environment, name, projects, ...dates };
    await post(`${releases}${encodeURIComponent(version)}/deploys/`, body, signal);
  };
  return {
    name: "Sentry",
    async announce(announcement, signal) {
      const { event, record } = announcement;
      if (event === "started") await release(record.version, signal);
      if (event === "promoted") await deploy(announcement, record.version, record.id, signal);
      if (event === "rolledBack") {
        const back = imageVersion(record.before.images[record.stable]);
        if (back !== undefined) await deploy(announcement, back, `rollback of ${record.id}`, signal);
      }
    },
  };
}
