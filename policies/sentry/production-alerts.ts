import type * as sentry from "@pulumi/sentry";
import { stackRule, want } from "../rule.ts";

const alertType = "sentry:index/alert:Alert";
const monitorTypes = [
  "metricMonitor:MetricMonitor",
  "uptimeMonitor:UptimeMonitor",
  "cronMonitor:CronMonitor",
].map((name) => `sentry:index/${name}`);

export const productionAlerts = stackRule({
  name: "sentry-production-alerts",
  title: "Whatever is watched in production tells somebody, and what is critical pages",
  level: "mandatory",
  severity: "critical",
  rows: ["ENV-20", "SEC-33"],
  why: "A monitor that is in no alert finds the outage and keeps it to itself.",
  fix: "Put the monitor's id into the monitorIds of an enabled Alert that writes to Slack or e-mail, and, for error rate and availability, of one that pages through PagerDuty.",
  link: "https://docs.sentry.io/product/monitors-and-alerts/alerts/",
  settings: {
    pages: {
      type: "boolean",
      default: true,
      description: "Whether an alert has to page; false without PagerDuty.",
    },
  },
  *check(stack, { pages }) {
    const alerts = stack.all<sentry.AlertArgs>(alertType).filter(({ props }) => props.enabled !== false);
    const reached = (urn: string, does: (action: object) => boolean): boolean =>
      alerts.some(
        ({ props, madeFrom }) =>
          madeFrom.monitorIds?.some((monitor) => monitor.urn === urn) === true &&
          (props.actionFilters ?? []).some(({ actions = [] }) => actions.some(does)),
      );
    for (const monitor of stack.like((type) => monitorTypes.includes(type))) {
      const { environment } = monitor.props as { environment?: string };
      if (environment !== undefined && environment !== "production") continue;
      yield [
        monitor,
        () =>
          want(
            reached(monitor.urn, (action) => "slack" in action || "email" in action || "pagerduty" in action),
            "is in no alert",
          ),
      ];
      const critical = !monitor.type.endsWith(":CronMonitor");
      if (pages !== true || !critical) continue;
      yield [
        monitor,
        () =>
          want(
            reached(monitor.urn, (action) => "pagerduty" in action),
            "pages nobody",
          ),
      ];
    }
  },
});
