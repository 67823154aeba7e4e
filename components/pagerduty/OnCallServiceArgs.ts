import type { Mistake } from "../../infra/domain/mistake.ts";

export interface OnCallServiceArgs {
  /** First part of every name at PagerDuty. */
  app: string;
  /** By name; one that pages wakes people for critical and high events, the others for none. */
  environments: Readonly<Record<string, { pages: boolean }>>;
  /** Addresses of people with an account, in the order in which they are on call, a week each. */
  onCall: readonly string[];
  /** Who is called next, one level each, when nobody answers. */
  escalateTo: readonly string[];
  /** Minutes, 1 to 1440, without an answer until the next level is called. */
  escalateAfterMinutes: number;
  /** `Europe/Berlin`. */
  timeZone: string;
  /** When the first person's first week starts: a time with its zone. A fixed one: PagerDuty counts from it. */
  rotationStart: string;
  /** What sends events; each has a secret key of its own, so that one can be withdrawn alone. */
  senders: readonly string[];
  /** Refuses to delete or replace services and keys. */
  protect: boolean;
}

export function onCallMistakes(args: OnCallServiceArgs): Mistake[] {
  const { environments, escalateAfterMinutes, escalateTo, onCall, rotationStart, senders, timeZone } = args;
  const mistakes: Mistake[] = [];
  const wrong = (path: string, value: unknown, allowed: string) =>
    mistakes.push({ path, problem: `is ${JSON.stringify(value)}`, hint: `allowed: ${allowed}` });

  if (Object.keys(environments).length === 0) wrong("environments", environments, "at least one");
  if (onCall.length === 0) wrong("onCall", onCall, "at least one address");
  for (const [path, addresses] of [
    ["onCall", onCall],
    ["escalateTo", escalateTo],
  ] as const) {
    for (const [index, address] of addresses.entries()) {
      if (!/^[^\s@]+@[^\s@]+$/.test(address))
        wrong(`${path}.${index}`, address, "an address such as oncall-1@example.com");
    }
  }
  if (!(
    Number.isInteger(escalateAfterMinutes) &&
    escalateAfterMinutes >= 1 &&
    escalateAfterMinutes <= 1440
  )) {
    wrong("escalateAfterMinutes", escalateAfterMinutes, "whole minutes from 1 to 1440");
  }
  if (!isTimeZone(timeZone)) {
    wrong("timeZone", timeZone, "a time zone such as Europe/Berlin");
  }
  const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/;
  if (!zoned.test(rotationStart) || Number.isNaN(Date.parse(rotationStart))) {
    wrong("rotationStart", rotationStart, "a time such as 2026-01-05T09:00:00Z");
  }
  for (const [index, sender] of senders.entries()) {
    if (senders.indexOf(sender) < index) wrong(`senders.${index}`, sender, "each sender once");
  }
  return mistakes;
}

function isTimeZone(name: string): boolean {
  try {
    return /^[A-Z]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}
