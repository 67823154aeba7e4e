import { developBranch, hotfixBranches, mainBranch } from "../repository.ts";
import type { WorkflowSettings } from "./settings.ts";

/** Branches whose pushes deploy, to either environment. */
export function deployingBranches({ stagingTrigger, productionTrigger }: WorkflowSettings): string[] {
  const staging = { develop: [developBranch], main: [mainBranch], pull_request: [] }[stagingTrigger];
  const production = productionTrigger === "auto" ? [mainBranch] : [];
  return [...new Set([...staging, ...production, ...hotfixBranches])];
}
