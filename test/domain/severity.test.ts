import { expect, test } from "@jest/globals";
import { severities, severityFacts, vendorWords } from "../../infra/domain/severity.ts";

test("a worse severity is noticed and acted on no later than a milder one", () => {
  const facts = severities.map((severity) => severityFacts[severity]);
  for (const [index, { actWithin, detectWithin }] of facts.entries()) {
    for (const milder of facts.slice(index + 1)) {
      expect(detectWithin).toBeLessThanOrEqual(milder.detectWithin);
      expect(actWithin).toBeLessThanOrEqual(milder.actWithin);
    }
  }
});

test.each(severities)("%s pages exactly when its vendor words wake people", (severity) => {
  const { pagerdutyEvent, pagerdutyUrgency, sentryPriority } = vendorWords[severity];
  const { pages } = severityFacts[severity];
  expect(pagerdutyUrgency === "high").toBe(pages);
  // PagerDuty's severity_based rule: critical and error are high, warning and info are low.
  expect(["critical", "error"].includes(pagerdutyEvent)).toBe(pages);
  expect(sentryPriority === 75).toBe(pages);
});

test("no two severities are the same event to PagerDuty, or the same words in Slack", () => {
  expect(new Set(severities.map((severity) => vendorWords[severity].pagerdutyEvent)).size).toBe(4);
  expect(new Set(severities.map((severity) => vendorWords[severity].slackLabel)).size).toBe(4);
});
