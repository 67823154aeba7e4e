import type { ReleaseRecord } from "../../domain/record.ts";
import type { Announcement, Announcer } from "../../ports.ts";
import { join } from "../http.ts";
import { deliver, json, NotTold, requireSuccess } from "./deliver.ts";

export interface GithubTarget {
  url: string;
  /** owner/name */
  repository: string;
  token: string;
  /** What stands before the version in the name of its git tag. */
  tagPrefix: string;
}

/** GitHub takes no more. */
const maxDescription = 140;

/** The deployment's status after each event; undefined: it stays as it is. */
const states: Readonly<
  Record<Announcement["event"], "in_progress" | "success" | "failure" | "error" | undefined>
> = {
  started: "in_progress",
  step: "in_progress",
  paused: "in_progress",
  promoted: "success",
  rollingBack: "in_progress",
  rolledBack: "failure",
  recovered: undefined,
  done: undefined,
  failed: "error",
};

interface Deployment {
  id: number;
  payload?: unknown;
}

/**
 * One deployment a release, and its statuses. The deployment carries the release's id, by which another process finds
 * it again.
 */
export function github({ url, repository, token, tagPrefix }: GithubTarget): Announcer {
  const deployments = join(url, `/repos/${repository}/deployments`);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": "pulse-infra",
  };
  const find = async ({ environment, id }: ReleaseRecord, signal: AbortSignal) => {
    const query = new URLSearchParams({ environment, task: "deploy", per_page: "30" }).toString();
    const answer = await deliver("GitHub", { url: `${deployments}?${query}`, headers }, signal);
    requireSuccess("GitHub", answer);
    return (parsed(answer.body) as Deployment[]).find(({ payload }) => releaseOf(payload) === id);
  };
  const create = async (record: ReleaseRecord, signal: AbortSignal) => {
    const { environment, id, image, version } = record;
    const body = {
      ref: `${tagPrefix}${version}`,
      task: "deploy",
      environment,
      production_environment: environment === "production",
      description: `Release ${version}`,
      payload: { release: id, image },
      // What is released was built and tested long ago: nothing is merged now, and no checks are waited for.
      auto_merge: false,
      required_contexts: [],
    };
    const answer = await deliver("GitHub", json(deployments, body, headers), signal);
    if (answer.status === 422 || answer.status === 409)
      throw new NotTold(`GitHub took no deployment of ${body.ref}; is there such a tag in ${repository}?`);
    requireSuccess("GitHub", answer);
    return parsed(answer.body) as Deployment;
  };
  return {
    name: "GitHub",
    async announce({ event, record, text }, signal) {
      const state = states[event];
      if (state === undefined) return;
      const deployment = (await find(record, signal)) ?? (await create(record, signal));
      const description = text.length > maxDescription ? `${text.slice(0, maxDescription - 1)}…` : text;
      const body = { state, description, environment: record.environment };
      const question = json(`${deployments}/${deployment.id}/statuses`, body, headers);
      requireSuccess("GitHub", await deliver("GitHub", question, signal));
    },
  };
}

/** GitHub gives the payload back as it was sent, or as text. */
function releaseOf(payload: unknown): unknown {
  const value: unknown =
    typeof payload === "string" && payload.startsWith("{") ? JSON.parse(payload) : payload;
  return typeof value === "object" && value !== null && "release" in value ? value.release : undefined;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new NotTold("GitHub answered without JSON.");
  }
}
