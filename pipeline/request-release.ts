// Asks this repository's release workflow for a release or a rollback, and waits for its outcome. Run by the action
// request-release in the application's workflows, so it needs nothing but Node.
import { appendFileSync } from "node:fs";
import { Github, GithubError } from "./github.ts";

const {
  COMMAND = "",
  ENVIRONMENT = "",
  GITHUB_API_URL = "https://api.github.com",
  GITHUB_STEP_SUMMARY,
  PAUSE_MS = "10000",
  REF = "main",
  REPOSITORY = "",
  TOKEN = "",
  VERSION = "",
  WAIT_MINUTES = "45",
} = process.env;

interface Run {
  status: string;
  conclusion: string | null;
  html_url: string;
}

function mistakes(): string[] {
  return [
    ...(["start", "rollback"].includes(COMMAND) ? [] : [`command is "${COMMAND}"; allowed: start, rollback`]),
    ...(/^[a-z0-9-]+$/.test(ENVIRONMENT) ? [] : [`environment is "${ENVIRONMENT}"; allowed: a stack's name`]),
    ...(COMMAND === "start" && VERSION === ""
      ? ["version is missing; allowed: a version or an image by digest"]
      : []),
    ...(/^[\w.-]+\/[\w.-]+$/.test(REPOSITORY) ? [] : [`repository is "${REPOSITORY}"; allowed: owner/name`]),
  ];
}

/** The run's address if it succeeded; throws a GithubError otherwise. */
async function release(github: Github): Promise<string> {
  const asked = await github.send<{ workflow_run_id?: number } | undefined>(
    "POST",
    "actions/workflows/release.yml/dispatches",
    {
      ref: REF,
      inputs: { command: COMMAND, environment: ENVIRONMENT, version: VERSION },
      return_run_details: true,
    },
  );
  const id = asked?.workflow_run_id;
  if (id === undefined) throw new GithubError("GitHub took the request, but did not say which run it made.");
  const until = Date.now() + Number(WAIT_MINUTES) * 60_000;
  for (let last = ""; ;) {
    const { status, conclusion, html_url } = await github.send<Run>("GET", `actions/runs/${id}`);
    if (status !== last) console.log(`${html_url}: ${status}`);
    last = status;
    if (status === "completed") {
      if (conclusion === "success") return html_url;
      throw new GithubError(`${COMMAND} ended with ${conclusion ?? "no conclusion"}: ${html_url}`);
    }
    if (Date.now() > until)
      throw new GithubError(`${COMMAND} is still ${status} after ${WAIT_MINUTES} minutes: ${html_url}`);
    await new Promise((resolve) => setTimeout(resolve, Number(PAUSE_MS)));
  }
}

const wrong = mistakes();
for (const mistake of wrong) console.log(`::error::${mistake}.`);
if (wrong.length > 0) process.exit(2);
try {
  const url = await release(new Github({ url: GITHUB_API_URL, token: TOKEN, repository: REPOSITORY }));
  console.log(`${COMMAND} on ${ENVIRONMENT} succeeded.`);
  if (GITHUB_STEP_SUMMARY !== undefined)
    appendFileSync(GITHUB_STEP_SUMMARY, `${COMMAND} on ${ENVIRONMENT}: ${url}\n`);
} catch (error) {
  if (!(error instanceof GithubError)) throw error;
  console.log(`::error::${error.message}`);
  process.exitCode = 1;
}
