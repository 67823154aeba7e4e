import { load } from "js-yaml";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runProcess } from "../../sandbox/process.ts";

interface WorkflowStep {
  name?: string;
  run?: string;
  env?: Record<string, string | number | boolean>;
}

interface Workflow {
  jobs: Record<string, { env?: Record<string, string>; steps?: WorkflowStep[] }>;
}

/** How one step ended. */
export interface StepOutcome {
  run: string;
  code: number | null;
  output: string;
}

/** Expressions have the values given here; one that is missing is a mistake of the test. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`The test gives no value for ${expression}.`);
    return value;
  });
}

/** This machine's variables, without what the test's own run has set. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(GITHUB_|JEST|NODE_ENV|NODE_OPTIONS|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/**
 * Runs the `run` steps of one job of a workflow as GitHub's runner does: in bash, each on its own, with the job's and
 * the step's variables, until one fails. Actions (`uses`) are not run; `only` leaves steps out.
 */
export async function runJob(
  folder: string,
  workflow: string,
  job: string,
  {
    values = {},
    env = {},
    only = () => true,
  }: {
    values?: Readonly<Record<string, string>>;
    env?: Record<string, string>;
    only?: (run: string) => boolean;
  } = {},
): Promise<StepOutcome[]> {
  const text = readFileSync(join(folder, ".github/workflows", `${workflow}.yml`), "utf8");
  const found = (load(text) as Workflow).jobs[job];
  const steps = found?.steps?.filter((step) => step.run !== undefined && only(step.run)) ?? [];
  if (steps.length === 0) throw new Error(`${workflow}.yml has no steps to run in ${job}.`);
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    const own = Object.entries({ ...found?.env, ...step.env }).map(
      ([name, value]) => [name, filled(String(value), values)] as const,
    );
    const run = filled(step.run ?? "", values);
    const { code, stdout, stderr } = await runProcess("bash", ["-eo", "pipefail", "-c", run], {
      cwd: folder,
      timeoutMs: 100_000,
      env: {
        ...inherited(),
        // What setup-node would do.
        PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
        CI: "true",
        ...env,
        ...Object.fromEntries(own),
      },
    });
    outcomes.push({ run, code, output: stdout + stderr });
    if (code !== 0) break;
  }
  return outcomes;
}
