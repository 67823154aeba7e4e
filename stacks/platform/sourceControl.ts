import * as pulumi from "@pulumi/pulumi";
import { DeploymentEnvironment } from "../../components/github/DeploymentEnvironment.ts";
import { ProtectedRepository } from "../../components/github/ProtectedRepository.ts";
import type { PlatformConfig } from "../../infra/config/platformSchema.ts";
import { hostsOf } from "../../infra/domain/hosts.ts";
import {
  mainBranch,
  operationsEnvironment,
  productionRefs,
  stagingRefs,
} from "../../infra/domain/repository.ts";
import { workflowFiles, type WorkflowSettings } from "../../infra/domain/workflows/index.ts";
import { environments, type EnvironmentName } from "./environments.ts";

type Values = Record<string, pulumi.Input<string>>;

/** The repositories, by name. `files` are committed to each: content by path. */
export function repositories(
  config: PlatformConfig,
  files: Record<string, string>,
  opts: pulumi.ComponentResourceOptions,
): Map<string, ProtectedRepository> {
  const { codeOwners, repositories, workflows, ...shared } = config.github;
  return new Map(
    repositories.map(({ name, description, visibility, requiredChecks, deploys }) => [
      name,
      new ProtectedRepository(
        name,
        {
          ...shared,
          repository: name,
          description,
          visibility,
          requiredChecks,
          codeOwners,
          files: { ...files, ...(workflows && workflowFiles(workflowSettings(config, workflows, deploys))) },
          archiveOnDestroy: config.protect,
        },
        opts,
      ),
    ]),
  );
}

/** What of the config decides how workflows look. */
export function workflowSettings(
  { app, domain, github, slack }: PlatformConfig,
  workflows: NonNullable<PlatformConfig["github"]["workflows"]>,
  deploys: boolean,
): WorkflowSettings {
  const { stagingTrigger, productionTrigger } = github;
  return {
    ...workflows,
    app: app.name,
    deploys,
    hosts: hostsOf(domain),
    stagingTrigger,
    productionTrigger,
    slackChannel:
      slack.channels.find(({ name }) => name === "deployments")?.name ?? slack.channels[0]?.name ?? "",
  };
}

/** What workflows of each repository that deploys may do in each environment, and what they know there: `valuesOf`. */
export function deploymentEnvironments(
  config: PlatformConfig,
  known: Map<string, ProtectedRepository>,
  valuesOf: (repository: string, environment: EnvironmentName) => { variables: Values; secrets: Values },
  opts: pulumi.ComponentResourceOptions,
): void {
  const { github, secrets } = config;
  const rules = {
    staging: { refs: stagingRefs(github.stagingTrigger) },
    production: {
      refs: productionRefs(github.productionTrigger),
      reviewers: github.reviewers,
      waitMinutes: github.waitMinutes,
    },
  };
  // Nobody has to agree to a rollback, so it knows production's values in an environment of its own.
  const operations = { refs: { branches: [mainBranch], tags: [] } };
  const appId = github.workflows?.releaseAppClientId;
  const asApp: Values = appId === undefined ? {} : { RELEASE_APP_CLIENT_ID: appId };
  for (const { name, deploys } of github.repositories) {
    const repository = known.get(name);
    if (!deploys || !repository) continue;
    for (const environment of environments) {
      const { variables, secrets: derived } = valuesOf(name, environment);
      new DeploymentEnvironment(
        `${name}-${environment}`,
        {
          repository: repository.repository,
          environment,
          ...rules[environment],
          variables: { ...variables, ...asApp },
          secrets: { ...derived, ...secrets.github[environment] },
        },
        { ...opts, dependsOn: [...repository.ready] },
      );
    }
    if (!github.workflows) continue;
    const { variables, secrets: derived } = valuesOf(name, "production");
    new DeploymentEnvironment(
      `${name}-${operationsEnvironment}`,
      {
        repository: repository.repository,
        environment: operationsEnvironment,
        ...operations,
        variables: { ...variables, ...asApp },
        secrets: { ...derived, ...secrets.github.operations },
      },
      { ...opts, dependsOn: [...repository.ready] },
    );
  }
}
