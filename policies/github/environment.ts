import type * as github from "@pulumi/github";
import type { PropsOf } from "../resource.ts";
import { operationsEnvironment } from "../../infra/domain/repository.ts";
import { want } from "../rule.ts";

export const environmentType = "github:index/repositoryEnvironment:RepositoryEnvironment";
export type Environment = PropsOf<github.RepositoryEnvironmentArgs>;

/** Whether somebody has to let a deployment pass. */
export const hasReviewers = ({ reviewers = [] }: Environment): boolean =>
  reviewers.some(({ teams = [], users = [] }) => teams.length + users.length > 0);

export const noBypass = ({ canAdminsBypass }: Environment): string | undefined =>
  want(canAdminsBypass === false, "lets administrators pass by its protection");

/** Environments that act on production: its deployments, and jobs that watch it and roll it back. */
export const actsOnProduction = (environment: string | undefined): boolean =>
  environment === "production" || environment === operationsEnvironment;
