import { Alert } from "@pulumi/sentry/bin/alert.js";
import { getOrganizationIntegration } from "@pulumi/sentry/bin/getOrganizationIntegration.js";
import { IntegrationPagerduty } from "@pulumi/sentry/bin/integrationPagerduty.js";
import type { input } from "@pulumi/sentry/bin/types/index.js";
import * as pulumi from "@pulumi/pulumi";
import { severities, severityFacts, vendorWords } from "../../infra/domain/severity.ts";
import { lookUp } from "../lookUp.ts";
import type { ErrorTrackingArgs } from "./ErrorTrackingArgs.ts";
import type { Monitor } from "./monitors.ts";

/** New, seen again after it was resolved, or over: each is worth a message. */
const triggerConditions: input.AlertTriggerCondition[] = [
  { firstSeenEvent: {} },
  { reappearedEvent: {} },
  { regressionEvent: {} },
  { issueResolvedTrigger: {} },
];

/** How often one issue may notify, at most. */
const frequencyMinutes = 5;

/** Id of an app that people connected to the organisation in Sentry; the program cannot connect one. */
export function connectedApp(
  provider: "slack" | "pagerduty",
  organization: string,
  appName: string,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const asked = { organization, providerKey: provider, name: appName };
  return lookUp("sentry", getOrganizationIntegration(asked, opts)).id;
}

/** Monitors only open issues; these alerts tell people. */
export function environmentAlerts(
  name: string,
  environment: string,
  args: ErrorTrackingArgs,
  targets: {
    /** What was measured, and the project's own monitor of errors. */
    monitors: readonly Monitor[];
    errors: pulumi.Output<string>;
    teamId: pulumi.Output<string>;
    slackId?: pulumi.Output<string>;
    pagerdutyId?: pulumi.Output<string>;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { app, organization, slack } = args;
  const { errors, monitors, pagerdutyId, slackId, teamId } = targets;
  const common = { organization, environment, frequencyMinutes, triggerConditions };
  const messages: input.AlertActionFilterAction[] = [{ email: { targetType: "team", targetId: teamId } }];
  if (slack && slackId) {
    messages.push({
      slack: {
        integrationId: slackId,
        channelName: `#${slack.channel}`,
        ...(slack.channelId !== undefined && { channelId: slack.channelId }),
        tags: "environment,level,release",
      },
    });
  }
  new Alert(
    `${name}-notify`,
    {
      ...common,
      name: `${app} ${environment}: tell the team`,
      monitorIds: [...monitors.map(({ id }) => id), errors],
      actionFilters: [{ logicType: "all", actions: messages }],
    },
    opts,
  );

  const { pagerduty } = args.environments[environment] ?? {};
  if (!pagerduty || !pagerdutyId) return;
  const service = new IntegrationPagerduty(
    `${name}-pagerduty`,
    {
      organization,
      integrationId: pagerdutyId,
      service: pagerduty.service,
      integrationKey: pulumi.secret(pagerduty.key),
    },
    // The provider does not mark the key.
    { ...opts, additionalSecretOutputs: ["integrationKey"] },
  );
  for (const severity of severities.filter((severity) => severityFacts[severity].pages)) {
    const paging = monitors.filter((monitor) => monitor.severity === severity);
    if (paging.length === 0) continue;
    const { pagerdutyEvent, sentryPriority } = vendorWords[severity];
    new Alert(
      `${name}-page-${severity}`,
      {
        ...common,
        name: `${app} ${environment}: page for ${severity}`,
        monitorIds: paging.map(({ id }) => id),
        actionFilters: [
          {
            logicType: "all",
            // The same monitor also opens milder issues, below its upper limit.
            conditions: [{ issuePriorityGreaterOrEqual: { comparison: sentryPriority } }],
            actions: [
              {
                pagerduty: {
                  integrationId: pagerdutyId,
                  serviceId: service.id,
                  serviceName: service.service,
                  severity: pagerdutyEvent,
                },
              },
            ],
          },
        ],
      },
      opts,
    );
  }
}
