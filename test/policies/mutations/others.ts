// One way to break a rule a line, by the rule's name. The world is in ../fixtures.
import { gone, type Edit, type Mutation } from "../world.ts";

const critical = "Alert pulse-messages-errors-production-page-critical";
const high = "Alert pulse-messages-errors-production-page-high";
const backup = "CronMonitor pulse-messages-errors-production-backup";
const levels = "EscalationPolicy pulse-messages-on-call-escalation";
const integration = (part: string): Edit => [`ServiceIntegration pulse-messages-on-call-production-${part}`];

export const others: Record<string, Mutation[]> = {
  "sentry-production-alerts": [
    ["no alert", ["Alert pulse-messages-errors-production-notify"]],
    ["nobody paged", [critical]],
    ["nobody paged for slowness", [high]],
    ["off", [critical, "enabled", false]],
    ["without an action", [critical, "actionFilters", []]],
    [
      "a monitor of its own",
      { type: "sentry:index/metricMonitor:MetricMonitor", name: "new", props: { environment: "production" } },
    ],
  ],
  "sentry-backup-monitor": [
    ["none", [backup]],
    ["once a week", [backup, "schedule/crontab", "0 2 * * 0"]],
    ["local time", [backup, "timezone", "Europe/Berlin"]],
    ["later", [backup, "failureIssueThreshold", 2]],
  ],
  "pagerduty-escalation": [
    ["no integration", integration("alertmanager"), integration("releases"), integration("sentry")],
    ["one level", [levels, "rules", [{ escalationDelayInMinutes: 15 }]]],
    ["too late", [levels, "rules/0/escalationDelayInMinutes", 60]],
  ],
  "stack-protected": [
    ["a bucket", ["Bucket pulse-messages-production-backups", "protect", false]],
    ["a namespace", ["Namespace pulse-messages", "protect", false]],
    ["a repository", ["Repository pulse-messages-repository", "protect", false]],
  ],
  "stack-tags": [
    ["none", ["aws aws", "defaultTags", gone]],
    ["one missing", ["aws aws", "defaultTags", '{"tags":{"app":"a"}}']],
  ],
};
