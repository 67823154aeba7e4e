import type * as pulumi from "@pulumi/pulumi";
import type { ProtectedRepository } from "../../components/github/ProtectedRepository.ts";
import { WebProject } from "../../components/vercel/WebProject.ts";
import type { Target, WebDomain, WebVariable } from "../../components/vercel/WebProjectArgs.ts";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";
import { hostsOf, webHosts } from "../../infra/domain/hosts.ts";
import { planProfile } from "../../infra/domain/plan.ts";
import { developBranch, mainBranch } from "../../infra/domain/repository.ts";
import { releaseStages } from "../../infra/domain/rollingRelease.ts";
import { securityHeaders } from "../../infra/domain/securityHeaders.ts";
import { environments, type EnvironmentName } from "./environments.ts";

type Project = PlatformConfig["vercel"]["projects"][number];

/** The web applications, by name. `dsn` is where browsers report errors. */
export function webProjects(
  config: PlatformConfig,
  repositories: Map<string, ProtectedRepository>,
  dsn: Record<EnvironmentName, pulumi.Input<string>>,
  opts: pulumi.ComponentResourceOptions,
): Map<string, WebProject> {
  const { github, plan, vercel } = config;
  const profile = planProfile(plan.production);
  const { firstPercent = 5, minutes } = vercel.rollingRelease ?? {};
  return new Map(
    vercel.projects.map((project) => {
      const repository = repositories.get(builtFrom(config, project));
      const { name, framework, rootDirectory, buildCommand, outputDirectory, nodeVersion } = project;
      const args = {
        project: name,
        repository: repository?.fullName ?? "",
        productionBranch: mainBranch,
        framework,
        rootDirectory,
        buildCommand,
        outputDirectory,
        nodeVersion,
        domains: domains(config, project),
        variables: webVariables(config, project, dsn),
        // With approval, a build of main waits until the workflow that reviewers let pass promotes it.
        releaseAutomatically: github.productionTrigger === "auto",
        ...(profile.rollingRelease && { release: releaseStages(firstPercent, minutes) }),
        skewProtection: profile.skewProtection,
        headers: securityHeaders(contentSources(config)),
        ...vercel.firewall,
        ...(profile.projectMembers && { members: vercel.members }),
      };
      return [name, new WebProject(name, args, opts)] as const;
    }),
  );
}

/** Name of the repository that a project is built from. */
export function builtFrom({ github }: PlatformConfig, { repository }: Project): string {
  return repository ?? github.repositories[0]?.name ?? "";
}

function domains({ domain, github }: PlatformConfig, { subdomain }: Project): WebDomain[] {
  const { production, staging } = webHosts(domain, subdomain);
  return [
    { host: production },
    ...(subdomain === undefined ? [{ host: hostsOf(domain).www, redirectTo: production }] : []),
    // With another trigger there is no branch of staging's own: the deploy workflow points the name at what it deployed.
    ...(github.stagingTrigger === "develop" ? [{ host: staging, branch: developBranch }] : []),
  ];
}

/** Pages talk to themselves, to the API of either environment and to the error tracker. */
function contentSources({ domain, vercel }: PlatformConfig): Record<string, readonly string[]> {
  const { production, staging } = hostsOf(domain);
  const apis = [production.api, staging.api].flatMap((host) => [`https://${host}`, `wss://${host}`]);
  return { "connect-src": ["'self'", ...apis, "https://*.sentry.io"], ...vercel.contentSources };
}

const targetOf: Record<EnvironmentName, Target> = { staging: "preview", production: "production" };

function webVariables(
  { domain, secrets }: PlatformConfig,
  { name, variablePrefix, variables }: Project,
  dsn: Record<EnvironmentName, pulumi.Input<string>>,
): WebVariable[] {
  const plain = (values: Record<string, string>, target: Target): WebVariable[] =>
    Object.entries(values).map(([name, value]) => ({ name, value, targets: [target], secret: false }));
  const secret = (values: Record<string, pulumi.Input<string>>, target: Target): WebVariable[] =>
    Object.entries(values).map(([name, value]) => ({ name, value, targets: [target], secret: true }));
  return [
    ...plain(variables.development, "development"),
    ...environments.flatMap((environment) => {
      const derived = {
        [`${variablePrefix}API_URL`]: `https://${hostsOf(domain)[environment].api}`,
        [`${variablePrefix}ENVIRONMENT`]: environment,
      };
      const hidden = {
        [`${variablePrefix}SENTRY_DSN`]: dsn[environment],
        ...secrets.vercel[name]?.[environment],
      };
      const target = targetOf[environment];
      return [...plain({ ...derived, ...variables[environment] }, target), ...secret(hidden, target)];
    }),
  ];
}
