import { actions } from "./actions.ts";
import type { WorkflowSettings } from "./settings.ts";
import type { Yaml } from "./yaml.ts";

type Values = Readonly<Record<string, string | number | boolean>>;

/** One step of a job. */
export type Step = {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Values;
  readonly env?: Values;
} & Readonly<Record<string, Yaml | undefined>>;

/** One job: its own steps, or a whole other workflow. */
export type Job = {
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
} & Readonly<Record<string, Yaml | undefined>>;

/** An expression of GitHub's. */
export const expression = (text: string): string => `\${{ ${text} }}`;

export const readOnly = { contents: "read" } as const;
export const runner = "ubuntu-24.04";

/** A job of steps; every job has a time limit, in minutes. */
export const job = (minutes: number, more: Job, steps: readonly Step[]): Job => ({
  ...more,
  "runs-on": runner,
  "timeout-minutes": minutes,
  steps: steps.map(inOrder),
});

/** What a step is called and when it runs stand first. */
function inOrder({ name, id, if: when, uses, ...rest }: Step): Step {
  return {
    ...(name !== undefined && { name }),
    ...(id !== undefined && { id }),
    ...(when !== undefined && { if: when }),
    ...(uses !== undefined && { uses }),
    ...rest,
  };
}

/** The sources, without leaving a token behind that later steps could use. */
export const checkout = (more: Values = {}): Step => ({
  uses: actions.checkout,
  with: { "persist-credentials": false, ...more },
});

/** Node, and the packages exactly as the lock file has them. What is published is built without a cache. */
export function install(
  { nodeVersion, packageManager }: WorkflowSettings,
  { cache = true }: { cache?: boolean } = {},
): Step[] {
  return [...nodeSteps({ nodeVersion, packageManager }, cache), { run: installCommand[packageManager] }];
}

const installCommand = { npm: "npm ci", pnpm: "pnpm install --frozen-lockfile" };

function nodeSteps(
  { nodeVersion, packageManager }: Pick<WorkflowSettings, "nodeVersion" | "packageManager">,
  cache: boolean,
): Step[] {
  const node: Step = {
    uses: actions.setupNode,
    with: {
      "node-version": String(nodeVersion),
      ...(cache ? { cache: packageManager } : { "package-manager-cache": false }),
    },
  };
  return packageManager === "pnpm" ? [{ uses: actions.setupPnpm }, node] : [node];
}

/** Node alone, for the scripts, which need no packages. */
export const node = ({ nodeVersion }: WorkflowSettings): Step => ({
  uses: actions.setupNode,
  with: { "node-version": String(nodeVersion), "package-manager-cache": false },
});

/** A script of package.json. */
export const packageScript = (
  { packageManager }: WorkflowSettings,
  script: string,
  more: Omit<Step, "run"> = {},
): Step => ({ ...more, run: `${packageManager} run ${script}` });

/** A program of the repository's own, which the platform keeps there too. Values come by `env`, never by the text. */
export const program = (name: string, args = "", more: Omit<Step, "run"> = {}): Step => ({
  ...more,
  run: `node .github/scripts/${name}.mts${args && ` ${args}`}`,
});

export const upload = (name: string, path: string, more: Values = {}): Step => ({
  uses: actions.uploadArtifact,
  with: { name, path, "if-no-files-found": "error", "retention-days": 14, ...more },
});

export const download = (name: string, path: string): Step => ({
  uses: actions.downloadArtifact,
  with: { name, path },
});
