import { operationsEnvironment } from "../repository.ts";
import { askDriver, checkHosts, notify, webDeployment } from "./operations.ts";
import type { WorkflowSettings } from "./settings.ts";
import { checkout, expression, job, node, readOnly } from "./steps.ts";
import type { Yaml } from "./yaml.ts";

/** Back to the colour, and the web deployment, that served before: started by hand, without waiting for anybody. */
export function rollback(settings: WorkflowSettings): Yaml {
  const web = webDeployment(settings);
  const production = "inputs.environment == 'production'";
  return {
    name: "rollback",
    "run-name": `rollback ${expression("inputs.environment")} ${expression("inputs.version")}`,
    on: {
      workflow_dispatch: {
        inputs: {
          environment: {
            description: "Where",
            required: true,
            type: "choice",
            options: ["production", "staging"],
          },
          version: {
            description: "Version to go back to, with or without v; empty means the one that served before",
            type: "string",
          },
          reason: { description: "Why, for whoever reads it later", required: true, type: "string" },
        },
      },
    },
    permissions: readOnly,
    concurrency: { group: `rollback-${expression("inputs.environment")}`, "cancel-in-progress": false },
    jobs: {
      rollback: job(
        30,
        {
          environment: operationsEnvironment,
          env: {
            ENVIRONMENT: expression("inputs.environment"),
            REASON: expression("inputs.reason"),
          },
        },
        [
          checkout(),
          node(settings),
          ...askDriver(settings, {
            name: "Take the API back",
            command: "rollback",
            version: expression("inputs.version"),
          }),
          { ...web("rollback"), name: "Take the web application back", if: `!cancelled() && ${production}` },
          checkHosts(settings, "production", "--attempts 20", { if: production }),
          checkHosts(settings, "staging", "--attempts 20", { if: "inputs.environment == 'staging'" }),
          notify(settings, { if: "success()", text: `${settings.app} rolled back on $ENVIRONMENT: $REASON` }),
          notify(settings, {
            if: "failure()",
            text: `${settings.app} could not be rolled back on $ENVIRONMENT: $REASON`,
            severity: "critical",
          }),
        ],
      ),
    },
  };
}
