import type * as pagerduty from "@pulumi/pagerduty";
import { show, stackRule, want } from "../rule.ts";

const serviceType = "pagerduty:index/service:Service";
const policyType = "pagerduty:index/escalationPolicy:EscalationPolicy";

export const escalation = stackRule({
  name: "pagerduty-escalation",
  title: "Each service can be alerted, and calls the next person within 15 minutes",
  level: "mandatory",
  severity: "critical",
  rows: ["SEC-33", "SEC-36"],
  why: "An incident has to be answered within 15 minutes; without a next person it waits for the first one's telephone.",
  fix: "Declare a ServiceIntegration for the service and an EscalationPolicy of at least two levels with delays of at most 15 minutes (pagerduty.escalateAfterMinutes in the config).",
  link: "https://support.pagerduty.com/main/docs/escalation-policies",
  settings: {
    mostMinutes: {
      type: "number",
      default: 15,
      description: "Most minutes until the next person is called.",
    },
  },
  onlyWith: serviceType,
  *check(stack, { mostMinutes }) {
    for (const service of stack.all<pagerduty.ServiceArgs>(serviceType)) {
      const integrations = stack.of(
        "pagerduty:index/serviceIntegration:ServiceIntegration",
        "service",
        service,
      );
      yield [service, () => want(integrations.length > 0, "has no integration, so nothing can alert it")];
      const from = service.madeFrom.escalationPolicy ?? [];
      const own = stack
        .all<pagerduty.EscalationPolicyArgs>(policyType)
        .find(({ urn }) => from.some((policy) => policy.urn === urn));
      // A policy of somebody else's is not in this stack, and not seen.
      if (own === undefined) continue;
      const { rules = [] } = own.props;
      yield [
        own,
        () => want(rules.length >= 2, `has ${rules.length} level, and needs somebody to call next`),
      ];
      for (const [index, rule] of rules.entries()) {
        yield [
          own,
          () => {
            const minutes = rule.escalationDelayInMinutes ?? Infinity;
            return want(
              minutes <= Number(mostMinutes),
              `calls the next person ${show(minutes)} minutes after level ${index + 1}`,
            );
          },
        ];
      }
    }
  },
});
