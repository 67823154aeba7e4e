import * as pulumi from "@pulumi/pulumi";
import * as vercel from "@pulumiverse/vercel";
import { refuseMistakes } from "../mistakes.ts";
import { webProjectMistakes, type WebProjectArgs, type WebVariable } from "./WebProjectArgs.ts";

interface Of {
  projectId: pulumi.Output<string>;
}

/**
 * A web application that its host builds from GitHub: a preview for each branch, behind a login; production by
 * promotion, a few visitors first; certificates, CDN and HTTPS are the host's own.
 */
export class WebProject extends pulumi.ComponentResource {
  readonly projectId: pulumi.Output<string>;

  constructor(name: string, args: WebProjectArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulse:vercel:WebProject", name, {}, opts);
    refuseMistakes("WebProject", name, webProjectMistakes(args));
    const open = { parent: this, protect: false };

    const project = new vercel.Project(`${name}-project`, settings(args), { parent: this });
    const of = { projectId: project.id };

    const hosts = new Map<string, vercel.ProjectDomain>();
    // A redirect can only point to a host that is there.
    const byTarget = [...args.domains].sort(
      (a, b) => Number(a.redirectTo !== undefined) - Number(b.redirectTo !== undefined),
    );
    for (const { host, branch, redirectTo } of byTarget) {
      const target = redirectTo === undefined ? undefined : hosts.get(redirectTo);
      const domain = new vercel.ProjectDomain(
        `${name}-domain-${host}`,
        {
          ...of,
          domain: host,
          gitBranch: branch,
          ...(redirectTo !== undefined && { redirect: redirectTo, redirectStatusCode: 308 }),
        },
        { parent: this, dependsOn: target },
      );
      hosts.set(host, domain);
    }

    for (const variable of args.variables) environmentVariable(name, of, variable, open);
    if (args.release) {
      new vercel.ProjectRollingRelease(
        `${name}-rolling-release`,
        {
          ...of,
          advancementType: args.release[0]?.minutes === undefined ? "manual-approval" : "automatic",
          stages: args.release.map(({ percent, minutes }) => ({
            targetPercentage: percent,
            duration: minutes,
          })),
        },
        open,
      );
    }
    if (args.members) {
      const members = args.members.map(({ email, role }) => ({ email, role: roles[role] }));
      new vercel.ProjectMembers(`${name}-members`, { ...of, members }, open);
    }
    securityHeaders(name, of, args, { parent: this });
    firewall(name, of, args, { parent: this });

    this.projectId = project.id;
    this.registerOutputs({ projectId: this.projectId });
  }
}

/** The API's words. */
const roles = { admin: "ADMIN", developer: "PROJECT_DEVELOPER", viewer: "PROJECT_VIEWER" } as const;

function settings(args: WebProjectArgs): vercel.ProjectArgs {
  return {
    name: args.project,
    framework: args.framework,
    rootDirectory: args.rootDirectory,
    buildCommand: args.buildCommand,
    outputDirectory: args.outputDirectory,
    nodeVersion: args.nodeVersion,
    gitRepository: { type: "github", repo: args.repository, productionBranch: args.productionBranch },
    autoAssignCustomDomains: args.releaseAutomatically,
    // Previews and the host's own names of deployments ask for a login; the domains above do not.
    vercelAuthentication: { deploymentType: "standard_protection_new" },
    // A pull request from a fork is built only after somebody of the team has allowed it.
    gitForkProtection: true,
    protectedSourcemaps: true,
    prioritiseProductionBuilds: true,
    skewProtection: args.skewProtection,
    automaticallyExposeSystemEnvironmentVariables: true,
  };
}

function environmentVariable(
  name: string,
  of: Of,
  variable: WebVariable,
  opts: pulumi.CustomResourceOptions,
): void {
  const { name: key, secret, targets, value } = variable;
  new vercel.ProjectEnvironmentVariable(
    `${name}-variable-${key}-${targets.join("-")}`,
    {
      ...of,
      key,
      targets: [...targets],
      sensitive: secret,
      value: secret ? pulumi.secret(value) : value,
    },
    // Name and deployments are its identity: the new one cannot be made while the old one is there.
    { ...opts, deleteBeforeReplace: true },
  );
}

/** The host has no setting for headers, but routes that change each answer. */
function securityHeaders(
  name: string,
  of: Of,
  { headers }: WebProjectArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  new vercel.ProjectRoute(
    `${name}-security-headers`,
    {
      ...of,
      name: "security-headers",
      description: "Headers of every answer",
      enabled: true,
      position: { placement: "start" },
      route: {
        src: "/(.*)",
        transforms: Object.entries(headers).map(([key, value]) => ({
          type: "response.headers",
          op: "set",
          target: JSON.stringify({ key }),
          args: JSON.stringify(value),
        })),
      },
    },
    opts,
  );
}

function firewall(
  name: string,
  of: Of,
  { bots, requestsPerMinute }: WebProjectArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  new vercel.FirewallConfig(
    `${name}-firewall`,
    {
      ...of,
      enabled: true,
      managedRulesets: { botProtection: { active: true, action: bots } },
      rules: {
        rules: [
          {
            name: "Requests by address",
            description: "Refuses an address that sends too much, for a minute",
            active: true,
            conditionGroups: [{ conditions: [{ type: "path", op: "pre", value: "/" }] }],
            action: {
              action: "rate_limit",
              actionDuration: "1m",
              rateLimit: {
                algo: "fixed_window",
                window: 60,
                limit: requestsPerMinute,
                keys: ["ip"],
                action: "deny",
              },
            },
          },
        ],
      },
    },
    opts,
  );
}
