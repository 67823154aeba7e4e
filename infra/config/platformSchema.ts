import type { z } from "zod";
import { plans } from "../domain/plan.ts";
import {
  mergeMethods,
  permissions,
  productionTriggers,
  stagingTriggers,
  visibilities,
} from "../domain/repository.ts";
import {
  hostName,
  kindOf,
  kubernetesName,
  listOf,
  mapOf,
  oneOf,
  overrides,
  section,
  text,
  variables,
  wholeNumber,
  yesOrNo,
} from "./fields.ts";
import { workflowsSchema } from "./platformWorkflows.ts";
import { awsSchema, pagerdutySchema, sentrySchema, slackSchema } from "./platformVendors.ts";

const id = () => wholeNumber(1, Number.MAX_SAFE_INTEGER);
const repositoryName = () => text("1 to 100 letters, digits, ., - and _", /^[\w.-]{1,100}$/);
const email = () => text("an address such as oncall-1@example.com", /^[^\s@]+@[^\s@]+$/);

const github = section({
  /** Organisation or user that owns the repositories. */
  owner: text("an organisation or user", /^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/),
  /** The first one is the application's. */
  repositories: listOf(
    section({
      name: repositoryName(),
      description: text("a line of text", /^.{1,350}$/).optional(),
      visibility: oneOf(visibilities).default("private"),
      /** Names of the checks that have to be green before a merge. */
      requiredChecks: listOf(text("the name of a check"), "names of checks", 1).prefault(["ci"]),
      /** Whether it has the environments staging and production, and may deploy. */
      deploys: yesOrNo().default(true),
    }),
    "repositories",
    1,
  ),
  /** The GitHub App that applies this stack: the one actor that main's rules let pass. */
  infrastructureAppId: id(),
  /** Approving reviews before a merge. */
  requiredApprovals: wholeNumber(1, 10).default(1),
  mergeMethods: listOf(oneOf(mergeMethods), mergeMethods.join(", "), 1).prefault(["squash"]),
  /** What teams may do, by the team's slug. */
  teams: mapOf(oneOf(permissions), "permissions by the slug of a team", /^[a-z0-9][a-z0-9-]*$/).default({}),
  /** Lines of CODEOWNERS; later ones win. */
  codeOwners: listOf(
    section({
      pattern: text("a pattern of paths", /^\S+$/),
      owners: listOf(
        text("@user, @organisation/team or an address", /^@[\w.-]+(\/[\w.-]+)?$|^[^\s@]+@[^\s@]+$/),
        "owners",
        1,
      ),
    }),
    "groups of pattern and owners",
  ).default([]),
  /** A folder of this project: its files are committed to every repository's main. */
  files: text("a folder of this project", /^[\w.-]+(\/[\w.-]+)*$/).optional(),
  /** What the repositories' workflows do; without it they are the repositories' own affair. */
  workflows: workflowsSchema.optional(),
  /** What deploys to staging. A pull request has a preview in any case. */
  stagingTrigger: oneOf(stagingTriggers).default("develop"),
  /** approval: a release tag or a dispatch, which reviewers let pass. auto: each merge into main. */
  productionTrigger: oneOf(productionTriggers).default("approval"),
  /** Numeric ids of those who let a deployment to production pass: at most six, one is enough for each. */
  reviewers: section({
    users: listOf(id(), "numeric ids").default([]),
    teams: listOf(id(), "numeric ids").default([]),
  }).prefault({}),
  /** Between the approval and the start of a deployment to production. */
  waitMinutes: wholeNumber(0, 43200, "minutes").default(0),
  /** Teams that may push release tags; the app may in any case. */
  releaseTeamIds: listOf(id(), "numeric ids").default([]),
  /** Secret scanning where a repository is not public; needs GitHub's licence for it. */
  advancedSecurity: yesOrNo().default(false),
  /** Rules for commit titles and tag names in GitHub itself; needs an Enterprise plan. */
  metadataRules: yesOrNo().default(false),
});

const vercel = section({
  /** Slug or id of the team; the token's own account when left out. */
  team: text("the slug or id of a team", /^[\w-]+$/).optional(),
  projects: listOf(
    section({
      name: text("1 to 100 of a-z, 0-9, ., - and _", /^[a-z0-9._-]{1,100}$/),
      /** A repository of the list above; the first when left out. */
      repository: repositoryName().optional(),
      framework: text("a preset such as vite", /^[a-z0-9-]+$/).default("vite"),
      rootDirectory: text("a folder of the repository", /^[^/].*$/).optional(),
      buildCommand: text("a command").optional(),
      outputDirectory: text("a folder", /^[^/].*$/).optional(),
      nodeVersion: text("a version such as 24.x", /^\d+\.x$/).default("24.x"),
      /** What its framework wants before the names of variables that reach the browser. */
      variablePrefix: text("the start of a name, such as VITE_", /^[A-Za-z_]\w*$/).default("VITE_"),
      /** First part of its host names; the domain itself when left out. */
      subdomain: kubernetesName().optional(),
      /** Values that may be read, by deployment. Secret ones are in `secrets`. */
      variables: section({
        development: variables().default({}),
        staging: variables().default({}),
        production: variables().default({}),
      }).prefault({}),
    }),
    "projects",
    1,
  ),
  /** Stages of a release to production; a release is at once without it, and on the free plan. */
  rollingRelease: section({
    firstPercent: wholeNumber(1, 99, "percent").default(5),
    /** Time until everybody gets it; a person decides when left out. */
    minutes: wholeNumber(1, 10080, "minutes").optional(),
  }).optional(),
  /** Sources by directive of the Content-Security-Policy, besides the application itself and its API. */
  contentSources: mapOf(
    listOf(text("a source such as https://cdn.example.com", /^[^\s;,]+$/), "sources", 1),
    "sources by directive",
    /^[a-z-]+$/,
  ).default({}),
  firewall: section({
    /** Of one address; more are refused for a minute. */
    requestsPerMinute: wholeNumber(1, 10_000_000, "requests").default(600),
    /** What programs that browse meet; challenge also stops monitors that are not allowed by name. */
    bots: oneOf(["log", "challenge"]).default("log"),
  }).prefault({}),
  /** Who may deploy; everybody in the team when left out. */
  members: listOf(
    section({ email: email(), role: oneOf(["admin", "developer", "viewer"]) }),
    "members",
    1,
  ).optional(),
  /** People with a seat, for the costs. */
  seats: wholeNumber(1, 10000, "people").default(1),
});

const secretValues = section({
  development: variables().default({}),
  staging: variables().default({}),
  production: variables().default({}),
});

/** What a stack of kind `platform` reads from its Pulumi.<stack>.yaml: everything that vendors hold. */
export const platformSchema = section({
  kind: kindOf("platform"),
  /** First part of names at the vendors. */
  app: section({ name: kubernetesName(40).default("pulse-messages") }).prefault({}),
  /** Every host name derives from it. */
  domain: hostName("example.com"),
  /** Refuses to delete what holds data or cannot be made again the same. False where all is thrown away. */
  protect: yesOrNo().default(true),
  /** Leave to break policies for a while; read by `npm run gate`. */
  overrides: overrides(),
  plan: section({
    staging: oneOf(plans).default("free"),
    production: oneOf(plans).default("pro"),
  }).prefault({}),
  /** Vendors' ids of what exists already, by the resource's name in this stack: it is adopted instead of made. */
  import: mapOf(text("the vendor's id"), "ids by the name of a resource").default({}),
  github,
  vercel,
  aws: awsSchema,
  sentry: sentrySchema,
  pagerduty: pagerdutySchema,
  slack: slackSchema,
  /** Values for deployments, all of them stored as secrets; each environment has its own. */
  secrets: section({
    /** Of GitHub's environments, for workflows. */
    github: section({
      staging: variables().default({}),
      production: variables().default({}),
      /** Of what runs from main without reviewers: rollbacks, health checks, release pull requests. */
      operations: variables().default({}),
    }).prefault({}),
    /** Of builds and functions, by the project's name. */
    vercel: mapOf(
      secretValues.omit({ development: true }),
      "groups of staging and production, by project",
    ).default({}),
  }).prefault({}),
});

/** The checked configuration of the platform, defaults filled in. */
export type PlatformConfig = z.output<typeof platformSchema>;
