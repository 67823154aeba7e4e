import { getProjectErrorMonitor } from "@pulumi/sentry/bin/getProjectErrorMonitor.js";
import { Key } from "@pulumi/sentry/bin/key.js";
import { Project } from "@pulumi/sentry/bin/project.js";
import { Team } from "@pulumi/sentry/bin/team.js";
import * as pulumi from "@pulumi/pulumi";
import { lookUp } from "../lookUp.ts";
import { refuseMistakes } from "../mistakes.ts";
import { trackingMistakes, type ErrorTrackingArgs } from "./ErrorTrackingArgs.ts";
import { backupMonitorName, environmentMonitors } from "./monitors.ts";
import { connectedApp, environmentAlerts } from "./notifications.ts";

/**
 * One project at Sentry for an application: a key for each environment, monitors of error rate, response time,
 * availability and backups, and alerts that tell the team, and wake somebody where users are hurt. Built on Sentry's
 * monitors and alerts: its older issue and metric alert APIs are gone.
 */
export class ErrorTracking extends pulumi.ComponentResource {
  readonly team: Team;
  readonly project: Project;
  /** Addresses that events are sent to, by environment. Secret, although a browser gets to see its own. */
  readonly dsns: Readonly<Record<string, pulumi.Output<string>>>;
  /** Slug that the backup job reports to. */
  readonly backupMonitor: string | undefined;

  constructor(name: string, args: ErrorTrackingArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:sentry:ErrorTracking", name, {}, opts);
    refuseMistakes("ErrorTracking", name, trackingMistakes(args));
    const { app, organization, pagerdutyAccount, platform, protect, slack } = args;
    const environments = Object.keys(args.environments);
    this.backupMonitor = args.backup && backupMonitorName(app);

    // Sentry would take another organisation for an update in place, which fails half-way: replace instead.
    const held = { parent: this, protect, replaceOnChanges: ["organization"] };
    this.team = new Team(`${name}-team`, { organization, name: app, slug: app }, held);
    const project = new Project(
      `${name}-project`,
      {
        organization,
        teams: [this.team.slug],
        name: app,
        slug: app,
        platform,
        // Sentry's own first alert rule and key: ours are below.
        defaultRules: false,
        defaultKey: false,
      },
      held,
    );
    this.project = project;
    this.dsns = Object.fromEntries(
      environments.map((environment) => [
        environment,
        this.#dsn(`${name}-${environment}-key`, environment, held),
      ]),
    );

    const invoke = { parent: this };
    const slackId = slack && connectedApp("slack", organization, slack.workspace, invoke);
    const pagerdutyId =
      pagerdutyAccount === undefined
        ? undefined
        : connectedApp("pagerduty", organization, pagerdutyAccount, invoke);
    const errors = project.slug.apply((slug) =>
      lookUp("sentry", getProjectErrorMonitor({ organization, project: slug }, invoke)).apply(({ id }) => id),
    );
    const teamId = this.team.internalId;
    const owner = { app, organization, project: project.slug, teamId };
    for (const environment of environments) {
      const part = `${name}-${environment}`;
      const monitors = environmentMonitors(part, environment, args, owner, { parent: this });
      const targets = { monitors, errors, teamId, slackId, pagerdutyId };
      environmentAlerts(part, environment, args, targets, { parent: this });
    }
    this.registerOutputs({ project: this.project.slug });
  }

  #dsn(name: string, environment: string, held: pulumi.CustomResourceOptions): pulumi.Output<string> {
    const { organization, slug } = this.project;
    const key = new Key(
      name,
      {
        organization,
        project: slug,
        name: environment,
        javascriptLoaderScript: { performanceMonitoringEnabled: true, sessionReplayEnabled: true },
      },
      // The provider marks dsn, and leaves the same address plain under its older names.
      { ...held, additionalSecretOutputs: ["dsnCsp", "dsnPublic", "public"] },
    );
    return pulumi.secret(key.dsn.apply(({ public: dsn = "" }) => dsn));
  }
}
