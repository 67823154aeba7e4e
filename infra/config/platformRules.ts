import { z } from "zod";
import { thresholdMistakes, type AlertThresholds } from "../domain/alerts.ts";
import { hostsOf } from "../domain/hosts.ts";
import type { Mistake } from "../domain/mistake.ts";
import { maxReviewers } from "../domain/repository.ts";
import { retentionMistakes, type Retention } from "../domain/retention.ts";
import { bare, type Part } from "./check.ts";
import { section, show } from "./fields.ts";
import type { PlatformConfig } from "./platformSchema.ts";
import { awsSchema, sentrySchema } from "./platformVendors.ts";

/** Rules that need more than one key. Keys that are wrong by themselves are missing here, and their rules pass. */
export function platformRules(config: Part<PlatformConfig>): Mistake[] {
  return [
    ...reviewRules(config),
    ...repositoryRules(config),
    ...projectRules(config),
    ...planRules(config),
    ...secretRules(config),
    ...vendorRules(config),
  ];
}

function reviewRules({ github }: Part<PlatformConfig>): Mistake[] {
  const users = github?.reviewers?.users;
  const teams = github?.reviewers?.teams;
  if (!users || !teams || github.productionTrigger === undefined) return [];
  const count = users.length + teams.length;
  const path = "github.reviewers";
  if (github.productionTrigger === "auto" && count > 0)
    return [
      {
        path,
        problem: 'is set, but github.productionTrigger is "auto"',
        hint: "allowed: none, since nobody is asked; or productionTrigger: approval",
      },
    ];
  if (github.productionTrigger === "approval" && count === 0)
    return [
      {
        path,
        problem: 'is empty, but github.productionTrigger is "approval"',
        hint: "allowed: numeric ids of users or teams who approve releases; or productionTrigger: auto",
      },
    ];
  if (count > maxReviewers)
    return [{ path, problem: `has ${count} users and teams`, hint: `allowed: at most ${maxReviewers}` }];
  return [];
}

function repositoryRules({ github }: Part<PlatformConfig>): Mistake[] {
  const names = github?.repositories?.map((repository) => repository?.name) ?? [];
  return twice("github.repositories", "name", names);
}

function projectRules({ domain, github, vercel }: Part<PlatformConfig>): Mistake[] {
  const projects = vercel?.projects ?? [];
  const repositories = github?.repositories?.map((repository) => repository?.name) ?? [];
  const unknown = projects.flatMap((project, i) => {
    const repository = project?.repository;
    if (repository === undefined || repositories.length === 0 || repositories.includes(repository)) return [];
    return [
      {
        path: `vercel.projects.${i}.repository`,
        problem: `is ${show(repository)}`,
        hint: `allowed: one of github.repositories, which are ${repositories.join(", ")}`,
      },
    ];
  });
  const hosts = projects.map((project) => project && (project.subdomain ?? "the domain itself"));
  const taken = domain === undefined ? [] : Object.values(hostsOf(domain)).flatMap(hostNames);
  const reserved = projects.flatMap((project, i) => {
    const host = `${project?.subdomain ?? ""}.${domain ?? ""}`;
    if (project?.subdomain === undefined || !taken.includes(host)) return [];
    return [
      {
        path: `vercel.projects.${i}.subdomain`,
        problem: `is ${show(project.subdomain)}, and ${host} has a use already`,
        hint: `allowed: anything that does not make ${taken.join(", ")}`,
      },
    ];
  });
  return [
    ...twice(
      "vercel.projects",
      "name",
      projects.map((project) => project?.name),
    ),
    ...twice("vercel.projects", "subdomain", hosts),
    ...unknown,
    ...reserved,
  ];
}

function hostNames(hosts: string | { web: string; api: string }): string[] {
  return typeof hosts === "string" ? [hosts] : [hosts.web, hosts.api];
}

function planRules({ plan, vercel }: Part<PlatformConfig>): Mistake[] {
  if (plan?.production !== "free") return [];
  return (["rollingRelease", "members"] as const)
    .filter((key) => vercel?.[key] !== undefined)
    .map((key) => ({
      path: `vercel.${key}`,
      problem: 'is set, but plan.production is "free", which does not include it',
      hint: "allowed: nothing, or plan.production: pro",
    }));
}

/** Two environments that share a secret are one environment for whoever steals it. */
function secretRules({ github, secrets, vercel }: Part<PlatformConfig>): Mistake[] {
  const groups = [
    ["secrets.github", secrets?.github] as const,
    ...Object.entries(secrets?.vercel ?? {}).map(
      ([name, group]) => [`secrets.vercel.${name}`, group] as const,
    ),
  ];
  const shared = groups.flatMap(([path, group]) =>
    Object.entries(group?.staging ?? {})
      .filter(([name, value]) => value !== undefined && group?.production?.[name] === value)
      .map(([name]) => ({
        path: `${path}.staging.${name}`,
        problem: "is the same as production's",
        hint: "allowed: a value of staging's own",
      })),
  );
  const projects = vercel?.projects?.map((project) => project?.name) ?? [];
  const homeless = Object.keys(secrets?.vercel ?? {})
    .filter((name) => vercel?.projects !== undefined && !projects.includes(name))
    .map((name) => ({
      path: `secrets.vercel.${name}`,
      problem: "belongs to no project",
      hint: `allowed: the names in vercel.projects, which are ${projects.join(", ")}`,
    }));
  const deploys = github?.repositories?.some((repository) => repository?.deploys !== false) ?? true;
  const unused = Object.values(secrets?.github ?? {}).some((group) => Object.keys(group).length > 0);
  const nobody =
    deploys || !unused
      ? []
      : [
          {
            path: "secrets.github",
            problem: "has values, but no repository deploys",
            hint: "allowed: nothing, or deploys: true for a repository",
          },
        ];
  return [...shared, ...homeless, ...nobody];
}

/** The rules that the vendors' components have, told with the config's paths. */
function vendorRules({ aws, sentry }: Part<PlatformConfig>): Mistake[] {
  const retention = { copies: aws?.copies, lock: aws?.lock, recovery: aws?.recovery };
  const { copies, lock, recovery } = awsSchema.shape;
  const { thresholds } = sentrySchema.shape;
  return [
    ...(whole(section({ copies, lock, recovery }), retention)
      ? retentionMistakes(retention as Retention).map((mistake) => under("aws", mistake))
      : []),
    ...(whole(thresholds, sentry?.thresholds)
      ? thresholdMistakes(sentry?.thresholds as AlertThresholds).map((mistake) =>
          under("sentry.thresholds", mistake),
        )
      : []),
  ];
}

function under(path: string, mistake: Mistake): Mistake {
  return { ...mistake, path: `${path}.${mistake.path}` };
}

/** Whether nothing that the schema wants is missing, at any depth. */
function whole(schema: z.core.$ZodType, part: unknown): boolean {
  const inner = bare(schema);
  if (!(inner instanceof z.ZodObject)) return part !== undefined || schema instanceof z.ZodOptional;
  if (typeof part !== "object" || part === null) return false;
  const given: Readonly<Record<string, unknown>> = { ...part };
  return Object.entries<z.core.$ZodType>(inner.shape).every(([key, field]) => whole(field, given[key]));
}

function twice(path: string, key: string, values: readonly (string | undefined)[]): Mistake[] {
  return values.flatMap((value, i) => {
    const first = values.indexOf(value);
    if (value === undefined || first === i) return [];
    return [
      {
        path: `${path}.${i}.${key}`,
        problem: `is ${show(value)}, as in ${path}.${first}`,
        hint: "allowed: one that no other has",
      },
    ];
  });
}
