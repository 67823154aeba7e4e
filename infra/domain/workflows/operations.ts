import type { EnvironmentName } from "../hosts.ts";
import type { WorkflowSettings } from "./settings.ts";
import { expression, program, type Step } from "./steps.ts";

type More = Omit<Step, "run" | "uses">;

/** Asks for the health paths of both hosts: as often as `mode` says. */
export function checkHosts(
  { hosts, healthPath }: WorkflowSettings,
  environment: EnvironmentName,
  mode: string,
  more: More = {},
): Step {
  const { web, api } = hosts[environment];
  const urls = [`https://${web}${healthPath.web}`, `https://${api}${healthPath.api}`];
  return program("check-urls", [mode, ...urls].filter((part) => part !== "").join(" "), more);
}

/** Vercel has built the commit by itself; this decides who sees it. */
export function webDeployment({
  hosts,
}: WorkflowSettings): (action: "alias" | "promote" | "rollback") => Step {
  return (action) =>
    program("web-deployment", action === "alias" ? `alias ${hosts.staging.web}` : action, {
      ...(action !== "rollback" && { id: "web" }),
      env: {
        VERCEL_TOKEN: expression("secrets.VERCEL_TOKEN"),
        VERCEL_ORG_ID: expression("vars.VERCEL_ORG_ID"),
        VERCEL_PROJECT_ID: expression("vars.VERCEL_PROJECT_ID"),
      },
    });
}

/** Tells the channel, and with a severity also the people on call. `text` may name variables of the step. */
export function notify(
  { slackChannel }: WorkflowSettings,
  { text, severity = "", ...more }: { if: string; text: string; severity?: string },
): Step {
  return program("notify", `"${text}"`, {
    ...more,
    env: {
      SLACK_CHANNEL: slackChannel,
      SLACK_TOKEN: expression("secrets.SLACK_TOKEN"),
      ...(severity !== "" && {
        SEVERITY: severity,
        PAGERDUTY_KEY: expression("secrets.PAGERDUTY_KEY"),
      }),
    },
  });
}

/** Has the release driver do it, where its own workflow runs and its credentials are, and waits for the outcome. */
export function askDriver(
  { driver }: WorkflowSettings,
  { name, command, version }: { name: string; command: "start" | "rollback"; version: string },
  more: More = {},
): Step[] {
  if (!driver) return [];
  const [owner = "", repository = ""] = driver.repository.split("/");
  return [
    {
      name,
      ...more,
      uses: `${driver.repository}/.github/actions/request-release@${driver.commit} # driver`,
      with: {
        owner,
        repository,
        command,
        environment: expression("env.ENVIRONMENT"),
        version,
        "client-id": expression("vars.RELEASE_APP_CLIENT_ID"),
        "private-key": expression("secrets.RELEASE_APP_KEY"),
      },
    },
  ];
}
