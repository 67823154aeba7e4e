// web-deployment.mts alias HOST | promote | rollback, for each project in VERCEL_PROJECT_ID (a list, by commas).
// Vercel builds every commit by itself. alias points a host at this commit's deployment, promote gives it to
// production's visitors, rollback gives them the one before back.
const [action = "", host = ""] = process.argv.slice(2);
const {
  GITHUB_SHA = "",
  VERCEL_ORG_ID = "",
  VERCEL_PAUSE_MS = "10000",
  VERCEL_PROJECT_ID = "",
  VERCEL_TOKEN = "",
  VERCEL_URL = "https://api.vercel.com",
} = process.env;

const waitMs = 15 * 60_000;

function fail(message: string): never {
  console.log(`::error::${message}`);
  process.exit(1);
}

interface Deployment {
  uid: string;
  state?: string;
  created?: number;
}

async function ask<T>(
  method: string,
  path: string,
  query: Record<string, string> = {},
  body?: unknown,
): Promise<T> {
  const url = new URL(path, VERCEL_URL);
  const all = {
    ...query,
    ...(VERCEL_ORG_ID !== "" && { [VERCEL_ORG_ID.startsWith("team_") ? "teamId" : "slug"]: VERCEL_ORG_ID }),
  };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  const answer = await fetch(url, {
    method,
    signal: AbortSignal.timeout(30_000),
    headers: { authorization: `Bearer ${VERCEL_TOKEN}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) fail(`Vercel answers ${answer.status} to ${method} ${path}: ${text.slice(0, 200)}`);
  return (text === "" ? {} : JSON.parse(text)) as T;
}

const newest = (deployments: Deployment[]): Deployment[] =>
  [...deployments].sort((a, b) => (b.created ?? 0) - (a.created ?? 0));

/** This commit's deployment, once it is built. */
async function built(projectId: string): Promise<Deployment> {
  const until = Date.now() + waitMs;
  for (;;) {
    const { deployments } = await ask<{ deployments: Deployment[] }>("GET", "/v6/deployments", {
      projectId,
      sha: GITHUB_SHA,
      ...(action === "promote" && { target: "production" }),
    });
    const [deployment] = newest(deployments);
    if (deployment?.state === "READY") return deployment;
    const state = deployment?.state ?? "not there yet";
    if (state === "ERROR" || state === "CANCELED") fail(`Vercel's build of ${GITHUB_SHA} is ${state}.`);
    if (Date.now() > until)
      fail(`Vercel's build of ${GITHUB_SHA} is ${state} after ${waitMs / 60_000} minutes.`);
    console.log(`Vercel's build of ${GITHUB_SHA}: ${state}`);
    await new Promise((resolve) => setTimeout(resolve, Number(VERCEL_PAUSE_MS)));
  }
}

const steps: Record<string, (projectId: string) => Promise<string>> = {
  alias: async (projectId) => {
    const { uid } = await built(projectId);
    await ask("POST", `/v2/deployments/${uid}/aliases`, {}, { alias: host });
    return `${host} shows ${uid}`;
  },
  promote: async (projectId) => {
    const { uid } = await built(projectId);
    await ask("POST", `/v10/projects/${projectId}/promote/${uid}`);
    return `production shows ${uid}`;
  },
  rollback: async (projectId) => {
    const query = { projectId, target: "production", state: "READY" };
    const { deployments } = await ask<{ deployments: (Deployment & { readySubstate?: string })[] }>(
      "GET",
      "/v6/deployments",
      query,
    );
    // Only what once had visitors: others were built and never shown.
    const [, before] = newest(deployments.filter(({ readySubstate }) => readySubstate === "PROMOTED"));
    if (!before) fail("There is no earlier deployment to go back to.");
    await ask("POST", `/v1/projects/${projectId}/rollback/${before.uid}`);
    return `production shows ${before.uid} again`;
  },
};

const step = steps[action];
if (!step || (action === "alias" && host === ""))
  fail("Usage: web-deployment.mts alias HOST | promote | rollback");
if (VERCEL_TOKEN === "") fail("VERCEL_TOKEN is not set: it belongs to the secrets of this environment.");
const projects = VERCEL_PROJECT_ID.split(",").filter((id) => id !== "");
if (projects.length === 0) console.log("No project is built from this repository.");
for (const projectId of projects) console.log(`${projectId}: ${await step(projectId)}.`);
