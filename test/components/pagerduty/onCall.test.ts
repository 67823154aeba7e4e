import { expect, test } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { OnCallService } from "../../../components/pagerduty/OnCallService.ts";
import { onCallMistakes, type OnCallServiceArgs } from "../../../components/pagerduty/OnCallServiceArgs.ts";
import { runWithMocks } from "../../support/mocks.ts";
import { refusal } from "../../support/refusal.ts";

const args: OnCallServiceArgs = {
  app: "pulse-messages",
  environments: { staging: { pages: false }, production: { pages: true } },
  onCall: ["oncall-1@example.com", "oncall-2@example.com"],
  escalateTo: ["lead@example.com", "cto@example.com"],
  escalateAfterMinutes: 15,
  timeZone: "Europe/Berlin",
  rotationStart: "2026-01-05T09:00:00Z",
  senders: ["sentry", "releases"],
  protect: true,
};

test("calls the rotation, then the lead, then the CTO", async () => {
  const { resources } = await runWithMocks(() => {
    new OnCallService("on-call", args);
  });
  const of = (name: string) => resources.find((resource) => resource.name === name)?.inputs;
  expect(of("on-call-schedule")).toMatchObject({
    timeZone: "Europe/Berlin",
    layers: [
      {
        rotationTurnLengthSeconds: 604800,
        users: ["getUser(oncall-1@example.com)", "getUser(oncall-2@example.com)"],
      },
    ],
  });
  const delay = { escalationDelayInMinutes: 15 };
  expect(of("on-call-escalation")).toMatchObject({
    rules: [
      { ...delay, targets: [{ type: "schedule_reference", id: "on-call-schedule-id" }] },
      { ...delay, targets: [{ type: "user_reference", id: "getUser(lead@example.com)" }] },
      { ...delay, targets: [{ type: "user_reference", id: "getUser(cto@example.com)" }] },
    ],
  });
});

test("wakes people for production's severities, and never for staging", async () => {
  const { resources } = await runWithMocks(() => {
    new OnCallService("on-call", args);
  });
  const services = resources.filter(({ type }) => type === "pagerduty:index/service:Service");
  expect(
    services.map(({ name, protect, inputs }) => ({ name, protect, ...(inputs as object) })),
  ).toMatchObject([
    {
      name: "pulse-messages production",
      protect: true,
      alertCreation: "create_alerts_and_incidents",
      incidentUrgencyRule: { type: "constant", urgency: "severity_based" },
      autoResolveTimeout: "null",
    },
    { name: "pulse-messages staging", incidentUrgencyRule: { type: "constant", urgency: "low" } },
  ]);
});

test("gives each sender of each environment a key, as a secret", async () => {
  const secret: boolean[] = [];
  const { resources } = await runWithMocks(async () => {
    const { environments } = new OnCallService("on-call", args);
    expect(Object.keys(environments)).toEqual(["staging", "production"]);
    for (const { keys } of Object.values(environments)) {
      expect(Object.keys(keys)).toEqual(["sentry", "releases"]);
      for (const key of Object.values<pulumi.Output<string>>(keys)) {
        secret.push(await (key as pulumi.Output<string> & { isSecret: Promise<boolean> }).isSecret);
      }
    }
  });
  expect(secret).toEqual([true, true, true, true]);
  const integrations = resources.filter(({ type }) => type.endsWith(":ServiceIntegration"));
  expect(integrations.map(({ secretOutputs }) => secretOutputs)).toEqual(Array(4).fill(["integrationKey"]));
});

test("says everything that is wrong with it at once", async () => {
  const bad = () =>
    new OnCallService("on-call", {
      ...args,
      environments: {},
      onCall: [],
      escalateTo: ["lead"],
      escalateAfterMinutes: 0,
      timeZone: "Berlin",
      rotationStart: "monday",
      senders: ["sentry", "sentry"],
    });
  expect(await refusal(bad)).toBe(
    [
      "OnCallService on-call has 7 mistakes:",
      "  environments is {}; allowed: at least one",
      "  onCall is []; allowed: at least one address",
      '  escalateTo.0 is "lead"; allowed: an address such as oncall-1@example.com',
      "  escalateAfterMinutes is 0; allowed: whole minutes from 1 to 1440",
      '  timeZone is "Berlin"; allowed: a time zone such as Europe/Berlin',
      '  rotationStart is "monday"; allowed: a time such as 2026-01-05T09:00:00Z',
      '  senders.1 is "sentry"; allowed: each sender once',
    ].join("\n"),
  );
});

test.each(["Etc/UTC", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])(
  "knows the zone %s",
  (timeZone) => expect(onCallMistakes({ ...args, timeZone })).toEqual([]),
);
