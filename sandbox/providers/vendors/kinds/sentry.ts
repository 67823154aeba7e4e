import { getList, getString, isUnknown, type JsonObject } from "../../shared/values.ts";
import { slug } from "../maker.ts";
import type { KindRules, Making, Need, Rules } from "./types.ts";

const project: Need = { property: "project", kind: "Project", by: ["slug", "id", "internalId"] };

/** Everything is imported with the organisation's slug in front, and some of it with what it belongs to. */
const under =
  (...keys: string[]) =>
  (object: JsonObject, id: string): string =>
    [...["organization", ...keys].map((key) => getString(object, key) ?? ""), id].join("/");

const number = (_: JsonObject, { make }: Making): string => String(make.number());
const monitor = (more: KindRules = {}): KindRules => ({
  needs: [project],
  id: number,
  importId: under(),
  ...more,
});
const gone =
  "Sentry answered 410 Gone: the classic alert API exists no longer; declare a monitor and an Alert instead";

const slugged = (object: JsonObject): string =>
  getString(object, "slug") ?? slug(getString(object, "name") ?? "");

function refuseProject(object: JsonObject, { cloud }: Making): string | undefined {
  const known = Object.values(cloud.Team ?? {}).map((team) => team.slug);
  const missing = getList(object, "teams").find((team) => !known.includes(team));
  return missing === undefined ? undefined : `there is no team "${missing as string}" in the organization`;
}

function checkSlugShaped(inputs: JsonObject): string[] {
  const name = getString(inputs, "name");
  if (name === undefined || isUnknown(name) || slug(name) === name) return [];
  return [`name is "${name}": check-ins go to a slug made of it, so it should be one: "${slug(name)}"`];
}

function refuseAlert(object: JsonObject, { cloud }: Making): string | undefined {
  const kinds = ["MetricMonitor", "CronMonitor", "UptimeMonitor"];
  const known = new Set(kinds.flatMap((kind) => Object.keys(cloud[kind] ?? {})));
  const builtIn = getList(object, "monitorIds").filter((id) => !known.has(id as string));
  // a project's own error and issue stream monitors are found by function and not kept here
  const wrong = builtIn.find((id) => !/^\d+$/.test(id as string));
  return wrong === undefined ? undefined : `there is no monitor "${wrong as string}"`;
}

export const sentry: Rules = {
  Team: {
    id: slugged,
    importId: under(),
    unique: ["slug"],
    computed: (object, { make }) => ({
      slug: slugged(object),
      internalId: String(make.number()),
      teamId: String(make.number()),
      hasAccess: true,
      isMember: true,
    }),
  },
  Project: {
    id: slugged,
    importId: under(),
    hidden: () => ["defaultRules", "defaultKey"],
    unique: ["slug"],
    refuse: refuseProject,
    computed: (object, { make }) => ({
      slug: slugged(object),
      internalId: String(make.number()),
      features: ["alert-filters", "releases"],
      digestsMinDelay: 300,
      digestsMaxDelay: 1800,
      resolveAge: 0,
    }),
  },
  Key: monitor({
    importId: under("project"),
    id: (_, { make }) => make.hex(32),
    computed: (_, { make }) => {
      const key = make.hex(32);
      const secret = make.hex(32);
      const projectId = String(make.number());
      const host = `o${make.number()}.ingest.sentry.io`;
      const dsn = `https://${key}@${host}/${projectId}`;
      const dsnSecret = `https://${key}:${secret}@${host}/${projectId}`;
      const dsnCsp = `https://${host}/api/${projectId}/csp-report/?sentry_key=${key}`;
      return {
        public: key,
        secret,
        projectId,
        dsnPublic: dsn,
        dsnSecret,
        dsnCsp,
        dsn: { public: dsn, secret: dsnSecret, csp: dsnCsp },
      };
    },
  }),
  CronMonitor: monitor({
    unique: ["project", "name"],
    check: checkSlugShaped,
    computed: () => ({ enabled: true, timezone: "UTC" }),
  }),
  UptimeMonitor: monitor({
    importId: under("project"),
    computed: () => ({ enabled: true, downtimeThreshold: 3, recoveryThreshold: 1 }),
  }),
  MetricMonitor: monitor({ computed: () => ({ enabled: true, query: "", timeWindowSeconds: 300 }) }),
  Alert: { id: number, importId: under(), refuse: refuseAlert, computed: () => ({ enabled: true }) },
  IntegrationPagerduty: { id: number, importId: under("integrationId") },
  IssueAlert: { gone },
  MetricAlert: { gone },
  ProjectInboundDataFilter: {
    needs: [project],
    id: (object) => `${getString(object, "project") ?? ""}/${getString(object, "filterId") ?? ""}`,
    unique: ["project", "filterId"],
    adopts: () => true,
  },
  ProjectSpikeProtection: {
    needs: [project],
    id: (object) => getString(object, "project") ?? "",
    adopts: () => true,
  },
  ProjectOwnership: {
    needs: [project],
    id: (object) => getString(object, "project") ?? "",
    adopts: () => true,
  },
};
