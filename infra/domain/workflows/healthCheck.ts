import { operationsEnvironment } from "../repository.ts";
import { checkHosts, notify } from "./operations.ts";
import type { WorkflowSettings } from "./settings.ts";
import { checkout, job, node, readOnly } from "./steps.ts";
import type { Yaml } from "./yaml.ts";

/** Asks both hosts of each environment whether they are well, and says at once when one is not. */
export function healthCheck(settings: WorkflowSettings): Yaml {
  const check = (environment: "staging" | "production", severity: string) =>
    job(5, { environment: operationsEnvironment }, [
      checkout(),
      node(settings),
      // Twice, so that one lost packet wakes nobody.
      checkHosts(settings, environment, "--attempts 2"),
      notify(settings, { if: "failure()", text: `${settings.app} on ${environment} is not well`, severity }),
    ]);
  return {
    name: "health-check",
    on: { schedule: [{ cron: settings.schedules.healthCheck }], workflow_dispatch: {} },
    permissions: readOnly,
    concurrency: { group: "health-check", "cancel-in-progress": false },
    jobs: { production: check("production", "critical"), staging: check("staging", "") },
  };
}
