import { EscalationPolicy } from "@pulumi/pagerduty/bin/escalationPolicy.js";
import { getUser } from "@pulumi/pagerduty/bin/getUser.js";
import { Schedule } from "@pulumi/pagerduty/bin/schedule.js";
import { Service } from "@pulumi/pagerduty/bin/service.js";
import { ServiceIntegration } from "@pulumi/pagerduty/bin/serviceIntegration.js";
import * as pulumi from "@pulumi/pulumi";
import { lookUp } from "../lookUp.ts";
import { refuseMistakes } from "../mistakes.ts";
import { onCallMistakes, type OnCallServiceArgs } from "./OnCallServiceArgs.ts";

/** One environment at PagerDuty. */
export interface OnCallEnvironment {
  service: Service;
  /** Secret keys of the Events API, by what sends with them. */
  keys: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * Who is called: a weekly rotation, an escalation policy behind it, and for each environment a service that takes
 * events. In an environment that pages, the event's severity says whether somebody is woken; in others nobody is.
 */
export class OnCallService extends pulumi.ComponentResource {
  readonly schedule: Schedule;
  readonly escalation: EscalationPolicy;
  readonly environments: Readonly<Record<string, OnCallEnvironment>>;

  constructor(name: string, args: OnCallServiceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:pagerduty:OnCallService", name, {}, opts);
    refuseMistakes("OnCallService", name, onCallMistakes(args));
    const { app, escalateAfterMinutes, rotationStart, timeZone } = args;
    const user = (email: string) => lookUp("pagerduty", getUser({ email }, { parent: this })).id;

    this.schedule = new Schedule(
      `${name}-schedule`,
      {
        name: `${app} on call`,
        description: `Who answers for ${app}, a week each`,
        timeZone,
        layers: [
          {
            name: "weekly",
            start: rotationStart,
            rotationVirtualStart: rotationStart,
            rotationTurnLengthSeconds: 7 * 24 * 60 * 60,
            users: args.onCall.map(user),
          },
        ],
      },
      { parent: this },
    );
    const level = (type: string, id: pulumi.Input<string>) => ({
      escalationDelayInMinutes: escalateAfterMinutes,
      targets: [{ type, id }],
    });
    this.escalation = new EscalationPolicy(
      `${name}-escalation`,
      {
        name: app,
        description: `On call, then ${args.escalateTo.length} more levels`,
        numLoops: 2,
        rules: [
          level("schedule_reference", this.schedule.id),
          ...args.escalateTo.map((email) => level("user_reference", user(email))),
        ],
      },
      { parent: this },
    );
    this.environments = Object.fromEntries(
      Object.entries(args.environments).map(([environment, { pages }]) => [
        environment,
        this.#environment(`${name}-${environment}`, `${app} ${environment}`, pages, args),
      ]),
    );
    this.registerOutputs({ scheduleId: this.schedule.id });
  }

  #environment(name: string, title: string, pages: boolean, args: OnCallServiceArgs): OnCallEnvironment {
    const service = new Service(
      name,
      {
        name: title,
        description: `Incidents of ${title}`,
        escalationPolicy: this.escalation.id,
        // The default turns every event into an incident of its own, and the Events API v2 cannot close it.
        alertCreation: "create_alerts_and_incidents",
        incidentUrgencyRule: { type: "constant", urgency: pages ? "severity_based" : "low" },
        // An incident that somebody took and forgot comes back after half an hour; none ends by itself.
        acknowledgementTimeout: "1800",
        autoResolveTimeout: "null",
      },
      { parent: this, protect: args.protect },
    );
    const keys = args.senders.map((sender) => {
      const integration = new ServiceIntegration(
        `${name}-${sender}`,
        { name: sender, service: service.id, type: "events_api_v2_inbound_integration" },
        // Whoever has the key can open incidents; the provider does not mark it.
        { parent: this, protect: args.protect, additionalSecretOutputs: ["integrationKey"] },
      );
      return [sender, pulumi.secret(integration.integrationKey)] as const;
    });
    return { service, keys: Object.fromEntries(keys) };
  }
}
