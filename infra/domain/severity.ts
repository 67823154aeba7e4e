/** How bad an incident is, worst first. The one vocabulary; every vendor's words are looked up here. */
export const severities = ["critical", "high", "medium", "low"] as const;

export type Severity = (typeof severities)[number];

/** What a severity means, and what it asks of the team. Times in minutes. */
export interface SeverityFacts {
  /** What a user notices. */
  meaning: string;
  /** Longest time until it is noticed. */
  detectWithin: number;
  /** Longest time from notice to action. */
  actWithin: number;
  /** Wakes the person on call; the others wait in the alert channel for working hours. */
  pages: boolean;
}

export const severityFacts: Readonly<Record<Severity, SeverityFacts>> = {
  critical: { meaning: "broken", detectWithin: 1, actWithin: 2, pages: true },
  high: { meaning: "too slow", detectWithin: 15, actWithin: 5, pages: true },
  medium: { meaning: "degraded", detectWithin: 60, actWithin: 30, pages: false },
  low: { meaning: "a blemish", detectWithin: 240, actWithin: 120, pages: false },
};

/** What each vendor calls a severity, exactly as its API wants it. */
export interface VendorWords {
  /** `severity` of an event that is sent to PagerDuty, and of Sentry's PagerDuty action. */
  pagerdutyEvent: "critical" | "error" | "warning" | "info";
  /** `urgency` of an incident: PagerDuty's severity_based rule derives the same from the event. */
  pagerdutyUrgency: "high" | "low";
  /** Priority that a Sentry monitor gives the issue it opens; Sentry has no more than these two. */
  sentryPriority: 75 | 50;
  /** First word of a message in Slack. */
  slackLabel: string;
}

export const vendorWords: Readonly<Record<Severity, VendorWords>> = {
  critical: {
    pagerdutyEvent: "critical",
    pagerdutyUrgency: "high",
    sentryPriority: 75,
    slackLabel: "🚨 CRITICAL",
  },
  high: { pagerdutyEvent: "error", pagerdutyUrgency: "high", sentryPriority: 75, slackLabel: "🔴 HIGH" },
  medium: { pagerdutyEvent: "warning", pagerdutyUrgency: "low", sentryPriority: 50, slackLabel: "🟠 MEDIUM" },
  low: { pagerdutyEvent: "info", pagerdutyUrgency: "low", sentryPriority: 50, slackLabel: "🟡 LOW" },
};
