import { getList, getObject, getString, inside, isUnknown, type JsonObject } from "../../shared/values.ts";
import type { KindRules, Making, Need, Rules } from "./types.ts";

const id = (_: JsonObject, { make }: Making): string => `P${make.capitals(6)}`;
const page =
  (path: string) =>
  (_: JsonObject, { make, account }: Making): JsonObject => ({
    htmlUrl: `https://${account.owner}.pagerduty.com/${path}/P${make.capitals(6)}`,
  });
const named = (path: string, more: KindRules = {}): KindRules => ({
  id,
  unique: ["name"],
  computed: page(path),
  ...more,
});

const policy: Need = { property: "escalationPolicy", kind: "EscalationPolicy", by: ["id"], holds: true };
const service: Need = { property: "service", kind: "Service", by: ["id"] };

function checkService(inputs: JsonObject): string[] {
  const problems: string[] = [];
  for (const key of ["acknowledgementTimeout", "autoResolveTimeout"]) {
    const value = getString(inputs, key);
    if (value !== undefined && !isUnknown(value) && !/^(\d+|null)$/.test(value))
      problems.push(`${key} is "${value}": seconds as a text are allowed, or "null" for never`);
  }
  const urgency = getObject(inputs, "incidentUrgencyRule");
  if (urgency.type === "constant" && urgency.urgency === undefined)
    problems.push("incidentUrgencyRule.urgency is missing: a constant rule needs it");
  if (urgency.type === "use_support_hours") {
    if ((inside(inputs.supportHours) ?? null) === null)
      problems.push("supportHours is missing: the urgency rule goes by it");
    if (urgency.urgency !== undefined)
      problems.push(
        "incidentUrgencyRule.urgency does not go with support hours: give it during and outside them",
      );
  }
  return problems;
}

/** Schedules and users that an escalation rule names; ids of people are not this cloud's to know. */
function refusePolicy(object: JsonObject, { cloud }: Making): string | undefined {
  const schedules = getList(object, "rules")
    .flatMap((rule) => getList(rule, "targets"))
    .filter((target) => getString(target, "type")?.startsWith("schedule"))
    .map((target) => getString(target, "id") ?? "");
  const missing = schedules.find((schedule) => cloud.Schedule?.[schedule] === undefined);
  return missing === undefined ? undefined : `there is no schedule "${missing}"`;
}

function heldSchedule(object: JsonObject, { cloud }: Making): string | undefined {
  const own = Object.entries(cloud.Schedule ?? {}).find(([, other]) => other === object)?.[0];
  const holder = Object.values(cloud.EscalationPolicy ?? {}).find((other) =>
    getList(other, "rules").some((rule) =>
      getList(rule, "targets").some((target) => getString(target, "id") === own),
    ),
  );
  return holder && `the escalation policy "${getString(holder, "name") ?? ""}" uses it`;
}

const integrationKey = (object: JsonObject, making: Making): JsonObject => ({
  ...page("services")(object, making),
  integrationKey: making.make.hex(32),
});

export const pagerduty: Rules = {
  Service: named("service-directory", {
    needs: [policy],
    check: checkService,
    computed: (object, making) => ({
      ...page("service-directory")(object, making),
      alertCreation: "create_incidents",
      createdAt: new Date().toISOString(),
      lastIncidentTimestamp: "",
      status: "active",
      type: "service",
    }),
  }),
  ServiceIntegration: {
    id,
    importId: (object, own) => `${getString(object, "service") ?? ""}.${own}`,
    needs: [service],
    check: (inputs) =>
      (inside(inputs.type) ?? null) === null && (inside(inputs.vendor) ?? null) === null
        ? ["one of type and vendor is required"]
        : [],
    computed: integrationKey,
  },
  EscalationPolicy: named("escalation_policies", { refuse: refusePolicy }),
  Schedule: named("schedules", { refuseDelete: heldSchedule }),
  Team: named("teams", {
    computed: (object, making) => ({ ...page("teams")(object, making), defaultRole: "manager" }),
  }),
  TeamMembership: {
    id: (object) => `${getString(object, "userId") ?? ""}:${getString(object, "teamId") ?? ""}`,
    unique: ["userId", "teamId"],
    computed: () => ({ role: "manager" }),
  },
  User: { ...named("users"), unique: ["email"] },
  BusinessService: named("business-services"),
  EventOrchestration: { id, unique: ["name"] },
  EventOrchestrationIntegration: {
    id,
    computed: (_, { make }) => ({ parameters: [{ routingKey: make.letters(32), type: "global" }] }),
  },
  MaintenanceWindow: { id },
};
