import { allowedImage, imageMistake, imageRuleOf, imageVersion } from "../../infra/domain/image.ts";
import { configWeights } from "../../infra/domain/journal.ts";
import { strategyNames, strategySteps, type StrategyName } from "../../infra/domain/strategies.ts";
import { isOver } from "../domain/machine.ts";
import {
  imageLabel,
  plannedRelease,
  startMistakes,
  taggedImage,
  totalSeconds,
  wanted,
  withoutSoaks,
  type ReleasePlan,
} from "../domain/plan.ts";
import type { ReleaseRecord, Step } from "../domain/record.ts";
import { toPromotion, type Goal } from "../driver.ts";
import {
  clusterSide,
  me,
  openEnvironment,
  systemClock,
  type CommonOptions,
  type Environment,
} from "../environment.ts";
import { exitCodes, ReleaseError, type ExitCode } from "../errors.ts";
import { driveTo, interruptible, pulumiStack, tell } from "../session.ts";
import { chosenStack } from "../settings.ts";
import { trafficOf } from "../stackFile.ts";

export interface StartOptions extends CommonOptions {
  strategy?: string;
  /** Skips every soak: for a fix that cannot wait. The gates still have to be content. */
  hotfix?: boolean;
  /** Ends at the first wait; a schedule of ticks goes on. */
  detach?: boolean;
}

/** Starts a release and drives it until it is promoted or rolled back. */
export async function start(what: string, options: StartOptions): Promise<ExitCode> {
  const environment = await openEnvironment(options);
  const { config } = environment;
  const strategy = chosenStrategy(options, config.release.strategy);
  const steps = blocking(
    options.hotfix
      ? hotfix(strategySteps({ ...config.release, strategy }))
      : strategySteps({ ...config.release, strategy }),
    config.release.watch.blockingSeconds,
    options.hotfix ?? false,
  );
  const name = options.hotfix ? `${strategy}, hotfix` : strategy;
  return begin(what, environment, { strategy: name, steps, gated: true }, options);
}

/** A version that ran before, brought back from nowhere: everything but the soaks and the gates on figures. */
export function startAgain(what: string, environment: Environment, options: StartOptions): Promise<ExitCode> {
  tell(`neither colour has ${what}: it is deployed anew, and takes the traffic as soon as it is ready`);
  return begin(what, environment, { strategy: "rollback", steps: withoutSoaks, gated: false }, options);
}

async function begin(
  what: string,
  environment: Environment,
  way: Pick<ReleasePlan, "strategy" | "steps" | "gated">,
  options: StartOptions,
): Promise<ExitCode> {
  const { config, choice, journal, location, traffic } = environment;
  const before = trafficOf(config);
  const running = before.images[before.activeColor] ?? "";
  const image = await resolveImage(what, running, config.environment);
  const asked = wanted(what);
  const version = "version" in asked ? asked.version : (imageVersion(image) ?? imageLabel(image));

  const check = async () => {
    const [content, live] = await Promise.all([journal.content(), traffic.weights()]);
    const mistakes = startMistakes({ ...content, config: before, live, image });
    if (mistakes.length > 0) throw new ReleaseError(mistakes.join("\n"));
    return content.current;
  };
  // Before anybody is asked for approval; and once more when nobody else can start one any more.
  await check();
  await approve(environment, `${version} (${image})`, way.steps, options);

  const goal: Goal = options.detach ? { ...toPromotion, once: true } : toPromotion;
  return driveTo(environment, goal, options, async ({ doors }) => {
    const previous = await check();
    tell("checking that the stack is as its config says");
    const { signal, dispose } = interruptible();
    const unclean = await (await pulumiStack(environment)).uncleanness(signal).finally(dispose);
    if (unclean !== undefined)
      throw new ReleaseError(
        `The stack ${choice.stack} is not clean, so it would change along: ${unclean}\nRun pulumi up first.`,
      );
    const now = systemClock.now();
    const record = plannedRelease({
      ...way,
      now,
      environment: config.environment,
      stack: choice.stack,
      version,
      image,
      before,
      route: {
        ...location,
        minReady: config.rollout.minReady,
        readyTimeoutSeconds: config.rollout.readyTimeoutSeconds,
      },
      watchSeconds: config.release.watch.afterSeconds,
      keepWarmSeconds: config.release.keepWarmSeconds,
      by: me(),
    });
    const closed = previous && !isOver(previous) ? [closing(previous, record)] : [];
    await journal.write(record, ...closed, {
      at: now,
      release: record.id,
      kind: "done",
      action: `start ${version}`,
      by: record.by,
      config: before,
      weights: configWeights(before),
    });
    tell(`${record.id}: ${version} comes to ${record.candidate}, by strategy ${way.strategy}`);
    doors.announce("started", record);
  });
}

/** A promoted release is watched only until the next one needs its old colour. */
const closing = (previous: ReleaseRecord, record: ReleaseRecord) => ({
  at: record.startedAt,
  release: previous.id,
  kind: "done" as const,
  action: `closed by ${record.id}`,
  by: record.by,
});

function chosenStrategy({ strategy }: StartOptions, configured: StrategyName): StrategyName {
  const found = strategyNames.find((name) => name === (strategy ?? configured));
  if (found) return found;
  throw new ReleaseError(
    `There is no strategy "${strategy ?? ""}"; allowed: ${strategyNames.join(", ")}.`,
    exitCodes.usage,
  );
}

/** Steps go on as soon as the gates are content. */
const hotfix = (steps: readonly Step[]): Step[] =>
  steps.filter(({ percent }) => percent > 0).map((step) => ({ ...step, minSoakSeconds: 0 }));

/** With all the traffic on it, a release is not called promoted before it has been watched for a while. */
function blocking(steps: readonly Step[], seconds: number, skip: boolean): Step[] {
  return steps.map((step) =>
    step.percent < 100 || skip
      ? step
      : {
          ...step,
          minSoakSeconds: Math.max(step.minSoakSeconds, seconds),
          maxSoakSeconds: Math.max(step.maxSoakSeconds, seconds * 2),
        },
  );
}

/** The whole reference of what was asked for, checked by the environment's rule. */
async function resolveImage(what: string, running: string, environment: string): Promise<string> {
  const rule = imageRuleOf(environment);
  const asked = wanted(what);
  if ("image" in asked) {
    const mistake = imageMistake(asked.image, rule);
    if (mistake !== undefined)
      throw new ReleaseError(
        `${asked.image} ${mistake}; allowed in ${environment}: ${allowedImage(rule)}, or a version such as 1.4.2`,
      );
    return asked.image;
  }
  if (environment === "production") return stagedImage(asked.version);
  const image = taggedImage(running, asked.version);
  if (image !== undefined) return image;
  throw new ReleaseError(
    `What runs is pinned by digest (${running}), so a version alone does not say which image is meant: give its whole reference.`,
  );
}

/** Production gets the very image that staging has tried: that of its newest promoted release of the version. */
async function stagedImage(version: string): Promise<string> {
  const { PULSE_STAGING_STACK: stack = "staging", PULSE_STAGING_CONFIG_FILE: configFile } = process.env;
  const staging = await openEnvironment({ stack, ...(configFile !== undefined && { configFile }) });
  const { choice, config, location } = staging;
  const { kubeconfig, context } = config.cluster;
  const access = {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  };
  const entries = await clusterSide(access, location, config.rollout.minReady).journal.entries();
  const found = entries.findLast(({ kind, action }) => kind === "done" && action === `promoted ${version}`);
  const image = found?.config?.images[found.config.activeColor];
  if (image === undefined)
    throw new ReleaseError(
      `Version ${version} was never promoted in ${choice.stack}, and production only gets what was.`,
    );
  const mistake = imageMistake(image, "digest");
  if (mistake !== undefined)
    throw new ReleaseError(`${choice.stack} ran ${image}, which ${mistake}; production wants a digest.`);
  return image;
}

/** A person's yes, where the config asks for it: at the terminal, or --yes where somebody else has asked already. */
async function approve(
  { config, choice }: Environment,
  what: string,
  steps: readonly Step[],
  options: StartOptions,
): Promise<void> {
  const { min, max } = totalSeconds(steps);
  const plan = steps.map(({ percent }) => `${percent} %`).join(", ");
  tell(`${choice.stack}: ${what}, ${plan}; ${duration(min)} to ${duration(max)} to the promotion`);
  if (options.yes || !config.release.approval) return;
  if (!process.stdin.isTTY)
    throw new ReleaseError(
      `A release of ${choice.stack} needs approval: run it at a terminal, or with --yes where it was approved elsewhere.`,
    );
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines
    .question(`Release ${what} to ${choice.stack}? Type its name to approve: `)
    .finally(() => lines.close());
  if (answer.trim() !== choice.stack && answer.trim() !== chosenStack(options).stack.split("/").at(-1))
    throw new ReleaseError("Not approved; nothing was changed.");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}
