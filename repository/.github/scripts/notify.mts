// notify.mts TEXT: to Slack's channel, and to the people on call when SEVERITY is set. Who cannot be told must not
// undo what was done: a failure is a warning.
const [text = ""] = process.argv.slice(2);
const {
  GITHUB_REPOSITORY = "",
  GITHUB_RUN_ID = "",
  GITHUB_SERVER_URL = "https://github.com",
  PAGERDUTY_KEY = "",
  PAGERDUTY_URL = "https://events.pagerduty.com",
  SEVERITY = "",
  SLACK_CHANNEL = "",
  SLACK_TOKEN = "",
  SLACK_URL = "https://slack.com",
} = process.env;
const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;

async function send(vendor: string, url: string, token: string, body: unknown): Promise<void> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      signal: AbortSignal.timeout(10_000),
      headers: {
        "content-type": "application/json; charset=utf-8",
        ...(token !== "" && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    // Slack answers 200 even when it refuses.
    const { ok, error } = (await answer.json()) as { ok?: boolean; error?: string };
    if (!answer.ok || ok === false) throw new Error(error ?? `it answers ${answer.status}`);
    console.log(`Told ${vendor}.`);
  } catch (error) {
    console.log(
      `::warning::Could not tell ${vendor}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

if (SLACK_TOKEN === "") console.log("::warning::SLACK_TOKEN is not set, so Slack is not told.");
else
  await send("Slack", `${SLACK_URL}/api/chat.postMessage`, SLACK_TOKEN, {
    channel: SLACK_CHANNEL,
    text: `${text} (<${run}|run>)`,
  });
if (SEVERITY !== "") {
  if (PAGERDUTY_KEY === "") console.log("::warning::PAGERDUTY_KEY is not set, so nobody is paged.");
  else
    await send("PagerDuty", `${PAGERDUTY_URL}/v2/enqueue`, "", {
      routing_key: PAGERDUTY_KEY,
      event_action: "trigger",
      // One incident for one cause, however often it is found.
      dedup_key: `${GITHUB_REPOSITORY}/${text}`,
      payload: { summary: text, severity: SEVERITY, source: GITHUB_REPOSITORY },
      links: [{ href: run, text: "The run that found it" }],
    });
}
