import { ci } from "./ci.ts";
import { deploy } from "./deploy.ts";
import { healthCheck } from "./healthCheck.ts";
import { image } from "./image.ts";
import { release } from "./release.ts";
import { rollback } from "./rollback.ts";
import { security } from "./security.ts";
import type { WorkflowSettings } from "./settings.ts";
import { toYaml, type Yaml } from "./yaml.ts";

export * from "./settings.ts";

const header = "# Made by the platform stack from its config: a change here is undone by its next update.\n";

/** The workflows of one repository, as files: content by path. */
export function workflowFiles(settings: WorkflowSettings): Record<string, string> {
  const { deploys, steps } = settings;
  const workflows: Record<string, Yaml> = {
    ci: ci(settings),
    security: security(settings),
    ...(deploys && {
      deploy: deploy(settings),
      "health-check": healthCheck(settings),
      release: release(settings),
      rollback: rollback(settings),
    }),
    ...(deploys && steps.image && { image: image(settings) }),
  };
  return Object.fromEntries(
    Object.entries(workflows).map(([name, workflow]) => [
      `.github/workflows/${name}.yml`,
      header + toYaml(workflow),
    ]),
  );
}
